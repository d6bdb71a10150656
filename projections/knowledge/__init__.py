"""What is known: facts with corrections and voids applied, what is in force when, working days."""
