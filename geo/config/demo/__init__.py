"""The demo city: Ngã Bảy by its real names, roughly placed, everything in it simulated. Same seed and same moment, same city."""
