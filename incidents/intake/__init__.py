"""How a case comes in: a report, a call, a phone that says where it is; and whether it is known already."""
