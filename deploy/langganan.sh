#!/bin/sh
# The commands of the installed shop: as its user, in its folder, with its settings. See docs/howto/operating.md.
# Files that are given have to be readable for that user, with their whole path.
exec sudo --user=langganan sh -c 'cd /var/lib/langganan && exec /opt/langganan/.venv/bin/langganan "$@"' langganan "$@"
