"""What the domain decides and how it folds, told as examples and as properties."""
