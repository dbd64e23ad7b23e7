-- Finds the newest message of a group for a channel: what must be told again is looked for in every round.
CREATE INDEX "alert_delivery_channel_id_group_id_idx" ON "alert_delivery"("channel_id", "group", "id");
