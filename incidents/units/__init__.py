"""Units and their people: shifts, the duty roster, where they are, and whether they are well."""
