"""campaigns decide: who is offered what, whether it may be sent now, and what came of it."""
