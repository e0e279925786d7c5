"""The ledger and the campaigns"""

import sqlalchemy as sa
from alembic import op

import ledger.columns

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "approved_contents",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("sid", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("approval", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("made_at", ledger.columns.Moment(), nullable=False),
        sa.Column("looked_at", ledger.columns.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", "language"),
    )
    op.create_table(
        "apscheduler_jobs",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("next_run_time", sa.Float(precision=25), nullable=True),
        sa.Column("job_state", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("apscheduler_jobs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_apscheduler_jobs_next_run_time"), ["next_run_time"], unique=False)

    op.create_table(
        "audit_entries",
        sa.Column("id", ledger.columns.RowId(), nullable=False),
        sa.Column("at", ledger.columns.Moment(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entries_at"), ["at"], unique=False)

    op.create_table(
        "campaigns",
        sa.Column("id", ledger.columns.RowId(), nullable=False),
        sa.Column("parent_id", ledger.columns.RowId(), nullable=True),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("holdout_share", sa.Float(), nullable=False),
        sa.Column("variants", sa.JSON(), nullable=False),
        sa.Column("allocation", sa.String(), nullable=False),
        sa.Column("product_ids", sa.JSON(), nullable=False),
        sa.Column("window_days", sa.Integer(), nullable=False),
        sa.Column("prices", sa.JSON(), nullable=False),
        sa.Column("budget", sa.String(), nullable=True),
        sa.Column("spent", sa.String(), nullable=False),
        sa.Column("at_best_hour", sa.Boolean(), nullable=False),
        sa.Column("repeats", sa.String(), nullable=True),
        sa.Column("trigger", sa.String(), nullable=True),
        sa.Column("seed", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("pause_reason", sa.String(), nullable=True),
        sa.Column("remains", sa.JSON(), nullable=True),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", ledger.columns.Moment(), nullable=False),
        sa.Column("approved_at", ledger.columns.Moment(), nullable=True),
        sa.Column("start_at", ledger.columns.Moment(), nullable=True),
        sa.Column("due_from", ledger.columns.Moment(), nullable=True),
        sa.Column("finished_at", ledger.columns.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["campaigns.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("campaigns", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_campaigns_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "consent_wordings",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("per_month", sa.Integer(), nullable=True),
        sa.Column("first_shown_at", ledger.columns.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_table(
        "customers",
        sa.Column("id", ledger.columns.RowId(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("zone", sa.String(), nullable=True),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("of_age", sa.Integer(), nullable=True),
        sa.Column("birthday", sa.String(), nullable=True),
        sa.Column("created_at", ledger.columns.Moment(), nullable=False),
        sa.Column("held_since", ledger.columns.Moment(), nullable=True),
        sa.Column("asked_to_stay_at", ledger.columns.Moment(), nullable=True),
        sa.Column("erased_at", ledger.columns.Moment(), nullable=True),
        sa.Column("merged_into", ledger.columns.RowId(), nullable=True),
        sa.ForeignKeyConstraint(
            ["merged_into"],
            ["customers.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_customers_merged_into"), ["merged_into"], unique=False)

    op.create_table(
        "early_reports",
        sa.Column("id", ledger.columns.RowId(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("at", ledger.columns.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("early_reports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_early_reports_fingerprint"), ["fingerprint"], unique=False)

    op.create_table(
        "erasures",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("at", ledger.columns.Moment(), nullable=False),
        sa.Column("erased", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "faults",
        sa.Column("id", ledger.columns.RowId(), nullable=False),
        sa.Column("at", ledger.columns.Moment(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("faults", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_faults_at"), ["at"], unique=False)

    op.create_table(
        "handouts",
        sa.Column("id", ledger.columns.RowId(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", ledger.columns.Moment(), nullable=False),
        sa.Column("expires_at", ledger.columns.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "inbound_receipts",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("received_on", ledger.columns.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "fingerprint"),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("number", ledger.columns.RowId(), nullable=False),
        sa.Column("taken_at", ledger.columns.Moment(), nullable=False),
        sa.Column("until", ledger.columns.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "mining_runs",
        sa.Column("id", ledger.columns.RowId(), nullable=False),
        sa.Column("started_at", ledger.columns.Moment(), nullable=False),
        sa.Column("ready_at", ledger.columns.Moment(), nullable=True),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("data_fingerprint", sa.String(), nullable=False),
        sa.Column("quality", sa.JSON(), nullable=False),
        sa.Column("held_at", ledger.columns.Moment(), nullable=True),
        sa.Column("verdict", sa.JSON(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("done", sa.Float(), nullable=False),
        sa.Column("beat_at", ledger.columns.Moment(), nullable=True),
        sa.Column("cancel_asked_at", ledger.columns.Moment(), nullable=True),
        sa.Column("through_id", ledger.columns.RowId(), nullable=False),
        sa.Column("followed_id", ledger.columns.RowId(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "own_segments",
        sa.Column("id", ledger.columns.RowId(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("folded_name", sa.String(), nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", ledger.columns.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("folded_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "owner_codes",
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("created_at", ledger.columns.Moment(), nullable=False),
        sa.Column("expires_at", ledger.columns.Moment(), nullable=False),
        sa.Column("used_at", ledger.columns.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("fingerprint"),
    )
    op.create_table(
        "paces",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("owed_at", ledger.columns.Moment(), nullable=True),
        sa.Column("closed_until", ledger.columns.Moment(), nullable=True),
        sa.Column("cause", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("channel"),
    )
    op.create_table(
        "products",
        sa.Column("id", ledger.columns.RowId(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("traits", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("cost_minor", sa.BigInteger(), nullable=True),
        sa.Column("stock", sa.Integer(), nullable=True),
        sa.Column("is_premium", sa.Boolean(), nullable=True),
        sa.Column("launched_at", ledger.columns.Moment(), nullable=True),
        sa.Column("expires_at", ledger.columns.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sku"),
    )
    op.create_table(
        "retention_runs",
        sa.Column("id", ledger.columns.RowId(), nullable=False),
        sa.Column("at", ledger.columns.Moment(), nullable=False),
        sa.Column("removed", sa.JSON(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("anonymised", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "shifts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("since", ledger.columns.Moment(), nullable=False),
        sa.Column("beat_at", ledger.columns.Moment(), nullable=False),
        sa.Column("ended_at", ledger.columns.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("shifts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shifts_beat_at"), ["beat_at"], unique=False)

    op.create_table(
        "shop_facts",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "suppressions",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", ledger.columns.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "fingerprint"),
    )
    op.create_table(
        "wrong_codes",
        sa.Column("id", ledger.columns.RowId(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("at", ledger.columns.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("wrong_codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wrong_codes_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_wrong_codes_fingerprint"), ["fingerprint"], unique=False)

    op.create_table(
        "addresses",
        sa.Column("id", ledger.columns.RowId(), nullable=False),
        sa.Column("customer_id", ledger.columns.RowId(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address", ledger.columns.Sealed(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("created_at", ledger.columns.Moment(), nullable=False),
        sa.Column("last_inbound_at", ledger.columns.Moment(), nullable=True),
        sa.Column("window_closed_at", ledger.columns.Moment(), nullable=True),
        sa.Column("unreachable_since", ledger.columns.Moment(), nullable=True),
        sa.Column("reach_told_at", ledger.columns.Moment(), nullable=True),
        sa.Column("confirmed_at", ledger.columns.Moment(), nullable=True),
        sa.Column("page_closed_at", ledger.columns.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("channel", "fingerprint"),
    )
    with op.batch_alter_table("addresses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_addresses_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "audit_facts",
        sa.Column("customer_id", ledger.columns.RowId(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("at", ledger.columns.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
        ),
        sa.PrimaryKeyConstraint("customer_id", "about"),
    )
    op.create_table(
        "best_hours",
        sa.Column("run_id", ledger.columns.RowId(), nullable=False),
        sa.Column("customer_id", ledger.columns.RowId(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["mining_runs.id"],
        ),
        sa.PrimaryKeyConstraint("run_id", "customer_id"),
    )
    with op.batch_alter_table("best_hours", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_best_hours_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "bundle_rules",
        sa.Column("run_id", ledger.columns.RowId(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("antecedents", sa.JSON(), nullable=False),
        sa.Column("consequents", sa.JSON(), nullable=False),
        sa.Column("support", sa.Float(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("lift", sa.Float(), nullable=False),
        sa.Column("leverage", sa.Float(), nullable=False),
        sa.Column("conviction", sa.Float(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["mining_runs.id"],
        ),
        sa.PrimaryKeyConstraint("run_id", "position"),
    )
    op.create_table(
        "bundles",
        sa.Column("run_id", ledger.columns.RowId(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("product_ids", sa.JSON(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("support", sa.Float(), nullable=False),
        sa.Column("lift", sa.Float(), nullable=False),
        sa.Column("antecedents", sa.JSON(), nullable=False),
        sa.Column("consequent_id", ledger.columns.RowId(), nullable=True),
        sa.Column("antecedent_count", sa.Integer(), nullable=True),
        sa.Column("least_lift", sa.Float(), nullable=True),
        sa.Column("q_value", sa.Float(), nullable=True),
        sa.Column("later_baskets", sa.Integer(), nullable=False),
        sa.Column("later_count", sa.Integer(), nullable=False),
        sa.Column("later_lift", sa.Float(), nullable=True),
        sa.Column("later_least_lift", sa.Float(), nullable=True),
        sa.Column("whole", sa.Integer(), nullable=True),
        sa.Column("part", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["mining_runs.id"],
        ),
        sa.PrimaryKeyConstraint("run_id", "position"),
    )
    op.create_table(
        "consent_events",
        sa.Column("id", ledger.columns.RowId(), nullable=False),
        sa.Column("customer_id", ledger.columns.RowId(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("wording", sa.String(), nullable=False),
        sa.Column("wording_hash", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("provider_message_id", sa.String(), nullable=True),
        sa.Column("verbatim", sa.Text(), nullable=True),
        sa.Column("nonce", sa.String(), nullable=True),
        sa.Column("evidence_hash", sa.String(), nullable=False),
        sa.Column("at", ledger.columns.Moment(), nullable=False),
        sa.Column("previous_hash", sa.String(), nullable=False),
        sa.Column("shop_previous_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("consent_events", schema=None) as batch_op:
        batch_op.create_index("ix_consent_events_standing", ["customer_id", "purpose", "id"], unique=False)

    op.create_table(
        "futures",
        sa.Column("run_id", ledger.columns.RowId(), nullable=False),
        sa.Column("customer_id", ledger.columns.RowId(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("expected_visits", sa.Float(), nullable=True),
        sa.Column("alive", sa.Float(), nullable=True),
        sa.Column("expected_spend_minor", sa.Float(), nullable=True),
        sa.Column("due_from", sa.String(), nullable=True),
        sa.Column("due_until", sa.String(), nullable=True),
        sa.Column("bargain", sa.Float(), nullable=True),
        sa.Column("bargain_n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["mining_runs.id"],
        ),
        sa.PrimaryKeyConstraint("run_id", "customer_id"),
    )
    with op.batch_alter_table("futures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_futures_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "identities",
        sa.Column("id", ledger.columns.RowId(), nullable=False),
        sa.Column("customer_id", ledger.columns.RowId(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("reference", ledger.columns.Sealed(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source", "fingerprint"),
    )
    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identities_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "interactions",
        sa.Column("id", ledger.columns.RowId(), nullable=False),
        sa.Column("customer_id", ledger.columns.RowId(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", ledger.columns.Moment(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("product_id", ledger.columns.RowId(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("discount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("order_ref", sa.String(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("message_id", ledger.columns.RowId(), nullable=True),
        sa.Column("source_ref", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["products.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("interactions", schema=None) as batch_op:
        batch_op.create_index("ix_interactions_customer_kind_at", ["customer_id", "kind", "at"], unique=False)
        batch_op.create_index("ix_interactions_kind_at", ["kind", "at"], unique=False)
        batch_op.create_index("ix_interactions_order", ["order_ref", "customer_id", "kind", "at"], unique=False)
        batch_op.create_index("ix_interactions_source_ref", ["source_ref"], unique=True)

    op.create_table(
        "preferences",
        sa.Column("customer_id", ledger.columns.RowId(), nullable=False),
        sa.Column("frequency", sa.String(), nullable=False),
        sa.Column("quiet_hours", sa.String(), nullable=True),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("updated_at", ledger.columns.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
        ),
        sa.PrimaryKeyConstraint("customer_id"),
    )
    op.create_table(
        "privacy_requests",
        sa.Column("id", ledger.columns.RowId(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("customer_id", ledger.columns.RowId(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("asked_at", ledger.columns.Moment(), nullable=False),
        sa.Column("answered_at", ledger.columns.Moment(), nullable=True),
        sa.Column("receipt", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("privacy_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_privacy_requests_asked_at"), ["asked_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_privacy_requests_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "prospects",
        sa.Column("run_id", ledger.columns.RowId(), nullable=False),
        sa.Column("customer_id", ledger.columns.RowId(), nullable=False),
        sa.Column("uplift", sa.Float(), nullable=True),
        sa.Column("response", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["mining_runs.id"],
        ),
        sa.PrimaryKeyConstraint("run_id", "customer_id"),
    )
    with op.batch_alter_table("prospects", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_prospects_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "recommendations",
        sa.Column("run_id", ledger.columns.RowId(), nullable=False),
        sa.Column("customer_id", ledger.columns.RowId(), nullable=False),
        sa.Column("picks", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["mining_runs.id"],
        ),
        sa.PrimaryKeyConstraint("run_id", "customer_id"),
    )
    with op.batch_alter_table("recommendations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recommendations_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "run_states",
        sa.Column("run_id", ledger.columns.RowId(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["mining_runs.id"],
        ),
        sa.PrimaryKeyConstraint("run_id", "name"),
    )
    op.create_table(
        "segments",
        sa.Column("id", ledger.columns.RowId(), nullable=False),
        sa.Column("run_id", ledger.columns.RowId(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("share", sa.Float(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("within_id", ledger.columns.RowId(), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["mining_runs.id"],
        ),
        sa.ForeignKeyConstraint(
            ["within_id"],
            ["segments.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("run_id", "key"),
    )
    op.create_table(
        "steps",
        sa.Column("id", ledger.columns.RowId(), nullable=False),
        sa.Column("customer_id", ledger.columns.RowId(), nullable=False),
        sa.Column("at", ledger.columns.Moment(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("visit", sa.String(), nullable=True),
        sa.Column("device", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("product_id", ledger.columns.RowId(), nullable=True),
        sa.Column("source_ref", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["products.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("steps", schema=None) as batch_op:
        batch_op.create_index("ix_steps_at", ["at"], unique=False)
        batch_op.create_index("ix_steps_customer_at", ["customer_id", "at"], unique=False)
        batch_op.create_index("ix_steps_source_ref", ["source_ref"], unique=True)

    op.create_table(
        "surveys",
        sa.Column("id", ledger.columns.RowId(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("lapse_days", sa.Integer(), nullable=False),
        sa.Column("closed_at", ledger.columns.Moment(), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["id"],
            ["campaigns.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("surveys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_surveys_kind"), ["kind"], unique=False)

    op.create_table(
        "wishes",
        sa.Column("id", ledger.columns.RowId(), nullable=False),
        sa.Column("customer_id", ledger.columns.RowId(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("degree", sa.String(), nullable=False),
        sa.Column("at", ledger.columns.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("customer_id", "about", "value"),
    )
    with op.batch_alter_table("wishes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wishes_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "conversation_states",
        sa.Column("address_id", ledger.columns.RowId(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("updated_at", ledger.columns.Moment(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("shown_at", ledger.columns.Moment(), nullable=True),
        sa.Column("is_on_its_way", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["address_id"],
            ["addresses.id"],
        ),
        sa.PrimaryKeyConstraint("address_id"),
    )
    op.create_table(
        "link_codes",
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("address_id", ledger.columns.RowId(), nullable=False),
        sa.Column("made_at", ledger.columns.Moment(), nullable=False),
        sa.Column("expires_at", ledger.columns.Moment(), nullable=False),
        sa.Column("used_at", ledger.columns.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["address_id"], ["addresses.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("fingerprint"),
    )
    with op.batch_alter_table("link_codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_link_codes_address_id"), ["address_id"], unique=False)

    op.create_table(
        "memberships",
        sa.Column("run_id", ledger.columns.RowId(), nullable=False),
        sa.Column("customer_id", ledger.columns.RowId(), nullable=False),
        sa.Column("segment_id", ledger.columns.RowId(), nullable=False),
        sa.Column("micro_id", ledger.columns.RowId(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
        ),
        sa.ForeignKeyConstraint(
            ["micro_id"],
            ["segments.id"],
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["mining_runs.id"],
        ),
        sa.ForeignKeyConstraint(
            ["segment_id"],
            ["segments.id"],
        ),
        sa.PrimaryKeyConstraint("run_id", "customer_id"),
    )
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_memberships_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_memberships_segment_id"), ["segment_id"], unique=False)

    op.create_table(
        "messages",
        sa.Column("id", ledger.columns.RowId(), nullable=False),
        sa.Column("campaign_id", ledger.columns.RowId(), nullable=False),
        sa.Column("customer_id", ledger.columns.RowId(), nullable=False),
        sa.Column("address_id", ledger.columns.RowId(), nullable=True),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("segment", sa.String(), nullable=True),
        sa.Column("variant", sa.String(), nullable=True),
        sa.Column("was_eligible", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("counts_from", ledger.columns.Moment(), nullable=False),
        sa.Column("not_before", ledger.columns.Moment(), nullable=True),
        sa.Column("planned_at", ledger.columns.Moment(), nullable=False),
        sa.Column("sending_at", ledger.columns.Moment(), nullable=True),
        sa.Column("sent_at", ledger.columns.Moment(), nullable=True),
        sa.Column("delivered_at", ledger.columns.Moment(), nullable=True),
        sa.Column("read_at", ledger.columns.Moment(), nullable=True),
        sa.Column("withheld_at", ledger.columns.Moment(), nullable=True),
        sa.Column("failed_at", ledger.columns.Moment(), nullable=True),
        sa.Column("unknown_at", ledger.columns.Moment(), nullable=True),
        sa.Column("lease_until", ledger.columns.Moment(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("personal_refusals", sa.Integer(), nullable=False),
        sa.Column("content", sa.String(), nullable=True),
        sa.Column("is_personal", sa.Boolean(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("provider_message_id", sa.String(), nullable=True),
        sa.Column("remains", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["address_id"],
            ["addresses.id"],
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("campaign_id", "customer_id"),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index(
            "ix_messages_content",
            ["channel", "sending_at"],
            unique=False,
            sqlite_where=sa.text("content IS NOT NULL"),
            postgresql_where=sa.text("content IS NOT NULL"),
        )
        batch_op.create_index("ix_messages_customer", ["customer_id", "sending_at"], unique=False)
        batch_op.create_index(
            "ix_messages_due",
            ["campaign_id", "channel", "not_before", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'planned'"),
            postgresql_where=sa.text("state = 'planned'"),
        )
        batch_op.create_index("ix_messages_provider", ["channel", "provider_message_id"], unique=False)
        batch_op.create_index("ix_messages_state", ["state", "id"], unique=False)

    op.create_table(
        "questions",
        sa.Column("id", ledger.columns.RowId(), nullable=False),
        sa.Column("customer_id", ledger.columns.RowId(), nullable=False),
        sa.Column("address_id", ledger.columns.RowId(), nullable=False),
        sa.Column("asked_at", ledger.columns.Moment(), nullable=False),
        sa.Column("answered_at", ledger.columns.Moment(), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["address_id"], ["addresses.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("questions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_questions_address_id"), ["address_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_questions_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "shown_choices",
        sa.Column("address_id", ledger.columns.RowId(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("made_at", ledger.columns.Moment(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("shown_at", ledger.columns.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["address_id"], ["addresses.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("address_id"),
    )
    op.create_table(
        "survey_responses",
        sa.Column("id", ledger.columns.RowId(), nullable=False),
        sa.Column("survey_id", ledger.columns.RowId(), nullable=False),
        sa.Column("customer_id", ledger.columns.RowId(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("began_at", ledger.columns.Moment(), nullable=False),
        sa.Column("touched_at", ledger.columns.Moment(), nullable=False),
        sa.Column("ended_at", ledger.columns.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
        ),
        sa.ForeignKeyConstraint(
            ["survey_id"],
            ["surveys.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("survey_id", "customer_id"),
    )
    with op.batch_alter_table("survey_responses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_survey_responses_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "team_members",
        sa.Column("address_id", ledger.columns.RowId(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("since", ledger.columns.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["address_id"],
            ["addresses.id"],
        ),
        sa.PrimaryKeyConstraint("address_id"),
    )
    op.create_table(
        "voices",
        sa.Column("interaction_id", ledger.columns.RowId(), nullable=False),
        sa.Column("customer_id", ledger.columns.RowId(), nullable=False),
        sa.Column("at", ledger.columns.Moment(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("themes", sa.JSON(), nullable=False),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("judge", sa.String(), nullable=False),
        sa.Column("paused_until", ledger.columns.Moment(), nullable=True),
        sa.Column("done_at", ledger.columns.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
        ),
        sa.ForeignKeyConstraint(["interaction_id"], ["interactions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("interaction_id"),
    )
    with op.batch_alter_table("voices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_voices_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_voices_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_voices_paused_until"), ["paused_until"], unique=False)

    op.create_table(
        "notices",
        sa.Column("id", ledger.columns.RowId(), nullable=False),
        sa.Column("address_id", ledger.columns.RowId(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("question_id", ledger.columns.RowId(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("made_at", ledger.columns.Moment(), nullable=False),
        sa.Column("not_before", ledger.columns.Moment(), nullable=True),
        sa.Column("told_at", ledger.columns.Moment(), nullable=True),
        sa.Column("given_up_at", ledger.columns.Moment(), nullable=True),
        sa.Column("provider_message_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["address_id"], ["addresses.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notices_address_id"), ["address_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_notices_question_id"), ["question_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_notices_told_at"), ["told_at"], unique=False)

    op.create_table(
        "question_lines",
        sa.Column("id", ledger.columns.RowId(), nullable=False),
        sa.Column("question_id", ledger.columns.RowId(), nullable=False),
        sa.Column("interaction_id", ledger.columns.RowId(), nullable=False),
        sa.Column("is_answer", sa.Boolean(), nullable=False),
        sa.Column("media", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["interaction_id"], ["interactions.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["question_id"], ["questions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("question_lines", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_question_lines_interaction_id"), ["interaction_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_question_lines_question_id"), ["question_id"], unique=False)

    op.create_table(
        "survey_answers",
        sa.Column("id", ledger.columns.RowId(), nullable=False),
        sa.Column("response_id", ledger.columns.RowId(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("at", ledger.columns.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["response_id"],
            ["survey_responses.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("response_id", "item"),
    )
    op.create_table(
        "tracked_links",
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("message_id", ledger.columns.RowId(), nullable=False),
        sa.Column("product_id", ledger.columns.RowId(), nullable=True),
        sa.Column("created_at", ledger.columns.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["messages.id"],
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["products.id"],
        ),
        sa.PrimaryKeyConstraint("token"),
    )
    with op.batch_alter_table("tracked_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tracked_links_message_id"), ["message_id"], unique=False)

    op.create_table(
        "vouchers",
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("message_id", ledger.columns.RowId(), nullable=False),
        sa.Column("created_at", ledger.columns.Moment(), nullable=False),
        sa.Column("expires_at", ledger.columns.Moment(), nullable=False),
        sa.Column("redeemed_at", ledger.columns.Moment(), nullable=True),
        sa.Column("redeemed_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["messages.id"],
        ),
        sa.PrimaryKeyConstraint("fingerprint"),
    )
    with op.batch_alter_table("vouchers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vouchers_message_id"), ["message_id"], unique=True)


def downgrade() -> None:
    with op.batch_alter_table("vouchers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_vouchers_message_id"))

    op.drop_table("vouchers")
    with op.batch_alter_table("tracked_links", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tracked_links_message_id"))

    op.drop_table("tracked_links")
    op.drop_table("survey_answers")
    with op.batch_alter_table("question_lines", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_question_lines_question_id"))
        batch_op.drop_index(batch_op.f("ix_question_lines_interaction_id"))

    op.drop_table("question_lines")
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notices_told_at"))
        batch_op.drop_index(batch_op.f("ix_notices_question_id"))
        batch_op.drop_index(batch_op.f("ix_notices_address_id"))

    op.drop_table("notices")
    with op.batch_alter_table("voices", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_voices_paused_until"))
        batch_op.drop_index(batch_op.f("ix_voices_customer_id"))
        batch_op.drop_index(batch_op.f("ix_voices_at"))

    op.drop_table("voices")
    op.drop_table("team_members")
    with op.batch_alter_table("survey_responses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_survey_responses_customer_id"))

    op.drop_table("survey_responses")
    op.drop_table("shown_choices")
    with op.batch_alter_table("questions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_questions_customer_id"))
        batch_op.drop_index(batch_op.f("ix_questions_address_id"))

    op.drop_table("questions")
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_index("ix_messages_state")
        batch_op.drop_index("ix_messages_provider")
        batch_op.drop_index(
            "ix_messages_due",
            sqlite_where=sa.text("state = 'planned'"),
            postgresql_where=sa.text("state = 'planned'"),
        )
        batch_op.drop_index("ix_messages_customer")
        batch_op.drop_index(
            "ix_messages_content",
            sqlite_where=sa.text("content IS NOT NULL"),
            postgresql_where=sa.text("content IS NOT NULL"),
        )

    op.drop_table("messages")
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_memberships_segment_id"))
        batch_op.drop_index(batch_op.f("ix_memberships_customer_id"))

    op.drop_table("memberships")
    with op.batch_alter_table("link_codes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_link_codes_address_id"))

    op.drop_table("link_codes")
    op.drop_table("conversation_states")
    with op.batch_alter_table("wishes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_wishes_customer_id"))

    op.drop_table("wishes")
    with op.batch_alter_table("surveys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_surveys_kind"))

    op.drop_table("surveys")
    with op.batch_alter_table("steps", schema=None) as batch_op:
        batch_op.drop_index("ix_steps_source_ref")
        batch_op.drop_index("ix_steps_customer_at")
        batch_op.drop_index("ix_steps_at")

    op.drop_table("steps")
    op.drop_table("segments")
    op.drop_table("run_states")
    with op.batch_alter_table("recommendations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recommendations_customer_id"))

    op.drop_table("recommendations")
    with op.batch_alter_table("prospects", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_prospects_customer_id"))

    op.drop_table("prospects")
    with op.batch_alter_table("privacy_requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_privacy_requests_customer_id"))
        batch_op.drop_index(batch_op.f("ix_privacy_requests_asked_at"))

    op.drop_table("privacy_requests")
    op.drop_table("preferences")
    with op.batch_alter_table("interactions", schema=None) as batch_op:
        batch_op.drop_index("ix_interactions_source_ref")
        batch_op.drop_index("ix_interactions_order")
        batch_op.drop_index("ix_interactions_kind_at")
        batch_op.drop_index("ix_interactions_customer_kind_at")

    op.drop_table("interactions")
    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_identities_customer_id"))

    op.drop_table("identities")
    with op.batch_alter_table("futures", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_futures_customer_id"))

    op.drop_table("futures")
    with op.batch_alter_table("consent_events", schema=None) as batch_op:
        batch_op.drop_index("ix_consent_events_standing")

    op.drop_table("consent_events")
    op.drop_table("bundles")
    op.drop_table("bundle_rules")
    with op.batch_alter_table("best_hours", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_best_hours_customer_id"))

    op.drop_table("best_hours")
    op.drop_table("audit_facts")
    with op.batch_alter_table("addresses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_addresses_customer_id"))

    op.drop_table("addresses")
    with op.batch_alter_table("wrong_codes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_wrong_codes_fingerprint"))
        batch_op.drop_index(batch_op.f("ix_wrong_codes_at"))

    op.drop_table("wrong_codes")
    op.drop_table("suppressions")
    op.drop_table("shop_facts")
    with op.batch_alter_table("shifts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_shifts_beat_at"))

    op.drop_table("shifts")
    op.drop_table("retention_runs")
    op.drop_table("products")
    op.drop_table("paces")
    op.drop_table("owner_codes")
    op.drop_table("own_segments")
    op.drop_table("mining_runs")
    op.drop_table("leases")
    op.drop_table("inbound_receipts")
    op.drop_table("handouts")
    with op.batch_alter_table("faults", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_faults_at"))

    op.drop_table("faults")
    op.drop_table("erasures")
    with op.batch_alter_table("early_reports", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_early_reports_fingerprint"))

    op.drop_table("early_reports")
    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_customers_merged_into"))

    op.drop_table("customers")
    op.drop_table("consent_wordings")
    with op.batch_alter_table("campaigns", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_campaigns_parent_id"))

    op.drop_table("campaigns")
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entries_at"))

    op.drop_table("audit_entries")
    with op.batch_alter_table("apscheduler_jobs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_apscheduler_jobs_next_run_time"))

    op.drop_table("apscheduler_jobs")
    op.drop_table("approved_contents")
