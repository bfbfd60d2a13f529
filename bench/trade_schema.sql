-- The tables that trade.sql writes to: the product's columns, keys and indexes, without the product.
-- Fixed from now on, so that figures of different days can be compared.
CREATE TABLE workspaces (id uuid PRIMARY KEY);

CREATE TABLE portfolios (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces,
    name varchar NOT NULL,
    account varchar(32) NOT NULL,
    state varchar(32) NOT NULL,
    archived boolean NOT NULL,
    created_at timestamptz NOT NULL,
    initial_cash numeric(19, 6) NOT NULL,
    cash numeric(19, 6) NOT NULL,
    flows numeric(19, 6) NOT NULL,
    realized_pnl numeric(19, 6) NOT NULL,
    fees numeric(19, 6) NOT NULL,
    dividends numeric(19, 6) NOT NULL,
    event_sequence bigint NOT NULL,
    event_hash varchar NOT NULL,
    UNIQUE (workspace_id, name)
);

CREATE TABLE positions (
    portfolio_id uuid REFERENCES portfolios,
    symbol varchar,
    quantity numeric(19, 9) NOT NULL,
    cost numeric(19, 6) NOT NULL,
    realized_pnl numeric(19, 6) NOT NULL,
    PRIMARY KEY (portfolio_id, symbol)
);

CREATE TABLE orders (
    portfolio_id uuid REFERENCES portfolios,
    id uuid,
    sequence bigint NOT NULL,
    client_order_id varchar NOT NULL,
    trader varchar NOT NULL,
    symbol varchar NOT NULL,
    side varchar(32) NOT NULL,
    type varchar(32) NOT NULL,
    time_in_force varchar(32) NOT NULL,
    quantity numeric(19, 9),
    notional numeric(19, 6),
    expected_price numeric(19, 6),
    note varchar,
    status varchar(32) NOT NULL,
    filled_quantity numeric(19, 9) NOT NULL,
    average_price numeric(19, 6),
    fees numeric(19, 6) NOT NULL,
    reason varchar(32),
    message varchar,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (portfolio_id, id)
);
CREATE UNIQUE INDEX ON orders (portfolio_id, sequence);
CREATE UNIQUE INDEX ON orders (portfolio_id, client_order_id) WHERE status <> 'REJECTED';

CREATE TABLE trades (
    portfolio_id uuid REFERENCES portfolios,
    id uuid,
    sequence bigint NOT NULL,
    order_id uuid NOT NULL,
    trader varchar NOT NULL,
    symbol varchar NOT NULL,
    side varchar(32) NOT NULL,
    quantity numeric(19, 9) NOT NULL,
    price numeric(19, 6) NOT NULL,
    value numeric(19, 6) NOT NULL,
    fee numeric(19, 6) NOT NULL,
    realized_pnl numeric(19, 6) NOT NULL,
    executed_at timestamptz NOT NULL,
    quote_bid numeric(19, 6),
    quote_ask numeric(19, 6),
    quote_last numeric(19, 6),
    quote_bid_size numeric(19, 9),
    quote_ask_size numeric(19, 9),
    quote_at timestamptz NOT NULL,
    quote_source varchar NOT NULL,
    PRIMARY KEY (portfolio_id, id)
);
CREATE UNIQUE INDEX ON trades (portfolio_id, sequence);
CREATE INDEX ON trades (portfolio_id, order_id);

CREATE TABLE events (
    chain_id uuid,
    sequence bigint,
    workspace_id uuid NOT NULL REFERENCES workspaces,
    portfolio_id uuid,
    order_id uuid,
    trade_id uuid,
    type varchar NOT NULL,
    at timestamptz NOT NULL,
    trader varchar NOT NULL,
    data text NOT NULL,
    previous_hash varchar NOT NULL,
    hash varchar NOT NULL,
    commit_number bigint NOT NULL,
    PRIMARY KEY (chain_id, sequence)
);
CREATE INDEX ON events (workspace_id, commit_number, chain_id, sequence);

INSERT INTO workspaces VALUES (lpad('0', 32, '0')::uuid);

-- 1,000 portfolios; the id of the n-th is n in hexadecimal.
INSERT INTO portfolios
SELECT lpad(to_hex(n), 32, '0')::uuid, lpad('0', 32, '0')::uuid, 'Portfolio ' || n, 'CASH', 'ACTIVE', false,
       now(), 1e9, 1e9, 0, 0, 0, 0, 0, repeat('0', 64)
FROM generate_series(1, 1000) AS n;

ANALYZE;
