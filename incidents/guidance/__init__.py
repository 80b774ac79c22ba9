"""What is to be done: playbooks and their steps, who is told, and decisions that are asked for."""
