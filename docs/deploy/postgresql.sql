-- Roles with the least rights, once, as PostgreSQL's administrator: sudo -u postgres psql --file postgresql.sql
-- allocator_owner owns the tables and their guards, and signs in only for `allocator init`; allocator reads and writes
-- rows. So whoever breaks into the pages can neither drop a guard nor a table: facts stay as they were recorded.
CREATE ROLE allocator_owner LOGIN;
CREATE ROLE allocator LOGIN;
CREATE DATABASE allocator OWNER allocator_owner ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE allocator FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE allocator TO allocator;

\connect allocator
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO allocator_owner;
GRANT USAGE ON SCHEMA public TO allocator;
ALTER DEFAULT PRIVILEGES FOR ROLE allocator_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO allocator;
ALTER DEFAULT PRIVILEGES FOR ROLE allocator_owner IN SCHEMA public GRANT USAGE ON SEQUENCES TO allocator;
