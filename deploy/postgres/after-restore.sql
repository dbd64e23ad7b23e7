-- To be run on a restored database before the first server starts on it; `npm run restore` does so by itself.
--
-- Clients may hold revisions that the backup does not have. Numbers that were given away must not be given to other
-- contents: each environment goes on far above them, and its log, which would have a gap, begins anew. Whoever comes with
-- anything older is given a snapshot.
BEGIN;
DELETE FROM change;
UPDATE revision SET current = current + 1000000;
COMMIT;
