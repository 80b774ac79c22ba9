"""What a layer is: declaration, access, queries, editing, history, live updates, in and out."""
