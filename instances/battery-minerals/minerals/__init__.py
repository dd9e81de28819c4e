"""Changes the draft of the pact: markets, plants, by-products, hosts, money and worlds."""
