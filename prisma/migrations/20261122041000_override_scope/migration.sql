-- A scope of its own for deciding against an error budget policy.
ALTER TABLE "api_token" DROP CONSTRAINT "api_token_scopes_check";
ALTER TABLE "api_token" ADD CONSTRAINT "api_token_scopes_check" CHECK ("scopes" <@ ARRAY['read', 'write', 'kill', 'keys', 'override', 'admin']);
