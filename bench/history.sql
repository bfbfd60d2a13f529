-- Years of trading in each portfolio: so many trades, one an order, all of them buys of one share without a
-- fee; a canceled order for every ten of them; ten orders that rest. What is rare is the oldest, so that whoever
-- looks for it newest first, and not by an index, passes all the rest.
INSERT INTO orders (portfolio_id, id, sequence, client_order_id, trader, symbol, side, type, time_in_force,
                    quantity, limit_price, status, filled_quantity, filled_value, average_price, fees,
                    created_at, updated_at, expires_at, workspace_id, watch, watched_price, due_at, reserve_price)
SELECT p.id, uuidv7(), p.event_sequence + place, 'bench-' || place, 'key:bench', symbol, 'BUY',
       CASE status WHEN 'FILLED' THEN 'MARKET' ELSE 'LIMIT' END, CASE status WHEN 'FILLED' THEN 'IOC' ELSE 'GTC' END,
       1, limit_price, status, filled, filled * price, CASE filled WHEN 1 THEN price END, 0,
       at, at, ends_at, p.workspace_id,
       CASE status WHEN 'NEW' THEN 'BUY_LIMIT' END, CASE status WHEN 'NEW' THEN limit_price END,
       CASE status WHEN 'NEW' THEN ends_at END, limit_price
FROM portfolios p, (
    SELECT *, row_number() OVER (ORDER BY number, status) AS place, 100 + mod(number, 100) * 0.01 AS price,
           CASE status WHEN 'FILLED' THEN 1 ELSE 0 END AS filled,
           CASE WHEN status <> 'FILLED' THEN 50 END AS limit_price,
           now() - (%(trades)s - number) * interval '1 second' AS at,
           CASE WHEN status <> 'FILLED' THEN now() + interval '90 days' END AS ends_at
    FROM (
        SELECT number, 'NEW' AS status, 'AAPL' AS symbol FROM generate_series(-9, 0) AS number
        UNION ALL
        SELECT number, 'FILLED', CASE WHEN number <= 10 THEN 'ZTS' ELSE (%(symbols)s)[1 + mod(number, cardinality(%(symbols)s))] END
        FROM generate_series(1, %(trades)s) AS number
        UNION ALL
        SELECT number, 'CANCELED', 'MSFT' FROM generate_series(10, %(trades)s, 10) AS number
    ) AS asked
) AS placed;

INSERT INTO trades (portfolio_id, id, sequence, order_id, trader, symbol, side, quantity, price, value, fee,
                    realized_pnl, executed_at, quote_bid, quote_ask, quote_last, quote_bid_size, quote_ask_size,
                    quote_at, quote_source)
SELECT portfolio_id, uuidv7(), sequence, id, trader, symbol, side, quantity, average_price, average_price, 0, 0,
       created_at, average_price - 0.02, average_price, average_price - 0.01, 1000, 1000, created_at, 'SIMULATED'
FROM orders WHERE status = 'FILLED' ORDER BY sequence;

INSERT INTO positions (portfolio_id, symbol, quantity, cost, realized_pnl)
SELECT portfolio_id, symbol, sum(quantity), sum(value), 0 FROM trades GROUP BY portfolio_id, symbol;
