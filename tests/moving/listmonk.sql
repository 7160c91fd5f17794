-- The tables of listmonk's schema.sql that are read, with their types and columns.
CREATE TYPE list_optin AS ENUM ('single', 'double');
CREATE TYPE subscriber_status AS ENUM ('enabled', 'disabled', 'blocklisted');
CREATE TYPE subscription_status AS ENUM ('unconfirmed', 'confirmed', 'unsubscribed');
CREATE TYPE bounce_type AS ENUM ('soft', 'hard', 'complaint');
CREATE TABLE subscribers (
    id serial PRIMARY KEY, uuid uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    email text NOT NULL UNIQUE, name text NOT NULL DEFAULT '', attribs jsonb NOT NULL DEFAULT '{}',
    status subscriber_status NOT NULL DEFAULT 'enabled',
    created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now()
);
CREATE TABLE lists (
    id serial PRIMARY KEY, uuid uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(), name text NOT NULL,
    optin list_optin NOT NULL DEFAULT 'single', description text NOT NULL DEFAULT '',
    created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now()
);
CREATE TABLE subscriber_lists (
    subscriber_id integer REFERENCES subscribers, list_id integer REFERENCES lists,
    meta jsonb NOT NULL DEFAULT '{}', status subscription_status NOT NULL DEFAULT 'unconfirmed',
    created_at timestamptz DEFAULT '2024-01-02 03:04:05+00', updated_at timestamptz DEFAULT now(),
    PRIMARY KEY (subscriber_id, list_id)
);
CREATE TABLE bounces (
    id serial PRIMARY KEY, subscriber_id integer NOT NULL REFERENCES subscribers,
    campaign_id integer, type bounce_type NOT NULL DEFAULT 'hard', source text NOT NULL DEFAULT '',
    meta jsonb NOT NULL DEFAULT '{}', created_at timestamptz DEFAULT now()
);
CREATE TYPE campaign_status AS ENUM
    ('draft', 'running', 'scheduled', 'paused', 'cancelled', 'finished');
CREATE TYPE campaign_type AS ENUM ('regular', 'optin');
CREATE TYPE content_type AS ENUM ('richtext', 'html', 'plain', 'markdown', 'visual');
CREATE TABLE campaigns (
    id serial PRIMARY KEY, uuid uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(), name text NOT NULL,
    subject text NOT NULL, body text NOT NULL, altbody text, send_at timestamptz,
    content_type content_type NOT NULL DEFAULT 'richtext',
    status campaign_status NOT NULL DEFAULT 'draft', type campaign_type DEFAULT 'regular',
    archive boolean NOT NULL DEFAULT false, started_at timestamptz,
    created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now()
);
