"""What a trader looks at: prices, portfolios, working orders, App Home, and the button that cancels."""
