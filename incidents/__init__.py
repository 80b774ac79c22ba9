"""Cases: reported, verified, sent to who can get there, followed to the end."""
