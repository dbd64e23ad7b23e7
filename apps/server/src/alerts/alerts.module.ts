import { Module } from '@nestjs/common';
import { IncidentsModule } from '../incidents/index.js';
import { SloModule } from '../slo/index.js';
import { AlertBookStore } from './alert-book.store.js';
import { AlertRounds } from './alert-rounds.js';
import { AlertsController } from './alerts.controller.js';
import { AlertsService } from './alerts.service.js';
import { AlertsStore } from './alerts.store.js';
import { AlertsView } from './alerts.view.js';
import { Mailer } from './channels/mailer.js';
import { Sender } from './channels/sender.js';
import { ChannelsController } from './channels.controller.js';
import { ChannelsService } from './channels.service.js';
import { ChannelsStore } from './channels.store.js';
import { DeliveriesController } from './deliveries.controller.js';
import { ChannelTests, DeliveriesService } from './deliveries.service.js';
import { DeliveriesStore } from './deliveries.store.js';
import { DeliveryWorker } from './delivery-worker.js';
import { IncidentsController } from './incidents.controller.js';
import { IncidentsService } from './incidents.service.js';
import { IncidentsStore } from './incidents.store.js';
import { OutboxStore } from './outbox.store.js';
import { OutboxRetention } from './outbox-retention.js';
import { ProjectLedger } from './project-ledger.js';
import { Repeater } from './repeater.js';
import { RepeatsStore } from './repeats.store.js';
import { SilencesController } from './silences.controller.js';
import { SilencesService } from './silences.service.js';
import { SilencesStore } from './silences.store.js';
import { Teller } from './teller.js';
import { TriggerActions } from './trigger-actions.js';
import { TriggerKills } from './trigger-kills.js';
import { TriggerPlaces } from './trigger-places.js';
import { TriggerDoorController, TriggersController } from './triggers.controller.js';
import { TriggersService } from './triggers.service.js';
import { TriggersStore } from './triggers.store.js';

/** Alerts: what they are, who hears of them, and the doors by which other systems act. */
@Module({
  imports: [SloModule, IncidentsModule],
  controllers: [
    AlertsController,
    SilencesController,
    ChannelsController,
    DeliveriesController,
    TriggersController,
    TriggerDoorController,
    IncidentsController,
  ],
  providers: [
    ...[ProjectLedger, AlertsStore, AlertsView, AlertsService, AlertBookStore, AlertRounds, Teller, Repeater, RepeatsStore],
    ...[SilencesStore, SilencesService, ChannelsStore, ChannelsService],
    ...[OutboxStore, OutboxRetention, DeliveriesStore, DeliveriesService, ChannelTests, DeliveryWorker, Sender, Mailer],
    ...[TriggersStore, TriggersService, TriggerPlaces, TriggerKills, TriggerActions, IncidentsStore, IncidentsService],
  ],
})
export class AlertsModule {}
