"""Layers made while the city runs: declared, styled, and what their fields hold."""
