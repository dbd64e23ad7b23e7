import { type DynamicModule, Global, Module } from '@nestjs/common';
import { AccessModule } from './access/index.js';
import { AlertsModule } from './alerts/index.js';
import { AuditModule } from './audit/index.js';
import { ChangesModule } from './changes/index.js';
import { Clock, SystemClock } from './clock.js';
import { DatabaseModule } from './database/index.js';
import { EnvironmentsModule } from './environments/index.js';
import { FlagsModule } from './flags/index.js';
import { HealthModule } from './health/index.js';
import { ImportsModule } from './imports/index.js';
import { IncidentsModule } from './incidents/index.js';
import { ReferenceModule } from './reference/index.js';
import { SegmentsModule } from './segments/index.js';
import { type Settings, SettingsModule } from './settings/index.js';
import { SloModule } from './slo/index.js';
import { SnapshotsModule } from './snapshots/index.js';
import { StreamingModule } from './streaming/index.js';
import { TelemetryModule } from './telemetry/index.js';

@Global()
@Module({})
class ClockModule {
  static with(clock: Clock): DynamicModule {
    return { module: ClockModule, providers: [{ provide: Clock, useValue: clock }], exports: [Clock] };
  }
}

/** The house: its rooms in the order that data walks through them. */
@Module({})
export class AppModule {
  static with(settings: Settings, clock: Clock = new SystemClock()): DynamicModule {
    return {
      module: AppModule,
      imports: [
        SettingsModule.with(settings),
        ClockModule.with(clock),
        DatabaseModule,
        ChangesModule,
        AccessModule,
        EnvironmentsModule,
        SegmentsModule,
        FlagsModule,
        SnapshotsModule,
        StreamingModule,
        TelemetryModule,
        SloModule,
        IncidentsModule,
        AuditModule,
        AlertsModule,
        ImportsModule,
        HealthModule,
        ReferenceModule,
      ],
    };
  }
}
