"""What a contract is: facts, commands and decisions, in pure Python."""
