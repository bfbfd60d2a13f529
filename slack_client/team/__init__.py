"""A team's portfolios: made, renamed and archived by their managers, who say who is in them."""
