"""What a committee looks at: what became of the cards, for those who have signed in."""
