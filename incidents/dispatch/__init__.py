"""Whom to send: run cards, candidates by arrival, the recommended set, orders, holds, and how soon anybody is anywhere."""
