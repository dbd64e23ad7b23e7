import { Module } from '@nestjs/common';
import { FlagsModule } from '../flags/index.js';
import { StreamingModule } from '../streaming/index.js';
import { ApprovalsController } from './approvals.controller.js';
import { ApprovalsService } from './approvals.service.js';
import { ApprovalsStore } from './approvals.store.js';
import { BudgetsView } from './budgets.view.js';
import { BurnTicker } from './burn.ticker.js';
import { Coverages } from './coverage.service.js';
import { CoverageView } from './coverage.view.js';
import { FlagLabelsView } from './flag-labels.view.js';
import { FlagHealthController } from './health.controller.js';
import { Health } from './health.service.js';
import { HealthView } from './health.view.js';
import { HistoryTicker } from './history.ticker.js';
import { MaintenanceController } from './maintenance.controller.js';
import { MaintenanceService } from './maintenance.service.js';
import { MaintenanceStore } from './maintenance.store.js';
import { ObjectiveFilesController } from './objective-files.controller.js';
import { ObjectiveFiles, OpenSloImports } from './objective-files.service.js';
import { ObjectivesController } from './objectives.controller.js';
import { ObjectivesService } from './objectives.service.js';
import { ObjectivesStore } from './objectives.store.js';
import { ObjectivesReader } from './objectives-reader.js';
import { PolicyGate } from './policy.gate.js';
import { Prometheus } from './prometheus.js';
import { QueriedRounds } from './queried-rounds.js';
import { Rounds } from './rounds.service.js';
import { StatesStore } from './states.store.js';
import { SumsView } from './sums.view.js';
import { TelemetryGaps } from './telemetry-gaps.js';
import { TrafficView } from './traffic.view.js';

/** Objectives: what share of outcomes is to be good, how they stand, and what follows from that. */
@Module({
  imports: [FlagsModule, StreamingModule],
  controllers: [ObjectiveFilesController, ObjectivesController, MaintenanceController, FlagHealthController, ApprovalsController],
  providers: [
    ObjectivesService,
    ObjectivesReader,
    ObjectiveFiles,
    OpenSloImports,
    ObjectivesStore,
    StatesStore,
    MaintenanceService,
    MaintenanceStore,
    SumsView,
    Rounds,
    Prometheus,
    QueriedRounds,
    BurnTicker,
    HistoryTicker,
    PolicyGate,
    ApprovalsService,
    ApprovalsStore,
    FlagLabelsView,
    BudgetsView,
    Health,
    HealthView,
    Coverages,
    CoverageView,
    TelemetryGaps,
    TrafficView,
  ],
  exports: [BurnTicker, TelemetryGaps],
})
export class SloModule {}
