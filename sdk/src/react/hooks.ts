import { useMemo, useSyncExternalStore } from 'react';
import type { Client, Details, FlagObject, JsonShape } from '../core/api.js';
import type { KeysOf } from '../core/typed.js';
import { useProvided } from './provider.js';

/** The hooks with the keys and types of `Flags`, which `ballast-sdk generate` writes. */
export interface FlagHooks<Flags> {
  /** The value of a flag; the component renders again when this flag answers otherwise. */
  useFlag(key: KeysOf<Flags, boolean>, defaultValue: boolean): boolean;
  useFlag(key: KeysOf<Flags, string>, defaultValue: string): string;
  useFlag(key: KeysOf<Flags, number>, defaultValue: number): number;
  useFlag<T extends object>(key: KeysOf<Flags, FlagObject>, defaultValue: T & JsonShape<T>): T;

  /** The same with variant, reason and error. */
  useFlagDetails(key: KeysOf<Flags, boolean>, defaultValue: boolean): Details<boolean>;
  useFlagDetails(key: KeysOf<Flags, string>, defaultValue: string): Details<string>;
  useFlagDetails(key: KeysOf<Flags, number>, defaultValue: number): Details<number>;
  useFlagDetails<T extends object>(key: KeysOf<Flags, FlagObject>, defaultValue: T & JsonShape<T>): Details<T>;
}

/** The client of the nearest `BallastProvider`, for `run`, events and everything else; throws where there is none. */
export function useBallast(): Client {
  return useProvided().client;
}

/**
 * The value of a flag for the provider's context; the default when there is none of the default's type. The component renders again when
 * this flag answers otherwise, and not when others do. Throws where there is no `BallastProvider` above.
 */
export function useFlag(key: string, defaultValue: boolean): boolean;
export function useFlag(key: string, defaultValue: string): string;
export function useFlag(key: string, defaultValue: number): number;
export function useFlag<T extends object>(key: string, defaultValue: T & JsonShape<T>): T;
export function useFlag(key: string, defaultValue: unknown): unknown {
  const { live, first } = useProvided();
  const value = useSyncExternalStore(
    live.subscribe,
    () => servedBy(live.answer(key, defaultValue)),
    () => servedBy(first.answer(key, defaultValue)),
  );
  return value === undefined ? defaultValue : value;
}

/** Like `useFlag`, with variant, reason and error; the same object until one of them changes. */
export function useFlagDetails(key: string, defaultValue: boolean): Details<boolean>;
export function useFlagDetails(key: string, defaultValue: string): Details<string>;
export function useFlagDetails(key: string, defaultValue: number): Details<number>;
export function useFlagDetails<T extends object>(key: string, defaultValue: T & JsonShape<T>): Details<T>;
export function useFlagDetails(key: string, defaultValue: unknown): Details<unknown> {
  const { live, first } = useProvided();
  const answer = useSyncExternalStore(
    live.subscribe,
    () => live.answer(key, defaultValue),
    () => first.answer(key, defaultValue),
  );
  return useMemo(() => (answer.variant === undefined ? { ...answer, value: defaultValue } : answer), [answer, defaultValue]);
}

/** The same hooks, which take only the keys of `Flags`, each with a default of its type; call it once, outside of components. */
export function typedHooks<Flags>(): FlagHooks<Flags> {
  return { useFlag, useFlagDetails };
}

/** What a flag serves; undefined, which no flag can serve, for the code default. */
function servedBy({ variant, value }: Details<unknown>): unknown {
  return variant === undefined ? undefined : value;
}
