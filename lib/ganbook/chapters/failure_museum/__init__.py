"""The failure museum: saved runs of the chapters' models that went wrong in known ways, and what tells them apart."""
