/** Time in the log: instants, durations and cohorts, each with one spelling (SPEC.md §10). */

import { parseDecimal } from "./bytes.ts";
import { addDays, dayNumber, isoWeek } from "./dates.ts";

export const DAY = 86_400;
const WEEK = 7 * DAY;
const FIRST_MONDAY = 4 * DAY;
const MAX_DAYS = 36_500;

/** A date where it is midnight in UTC, else `2026-02-17T10:00:05Z`. */
export function encodeInstant(instant: number): string {
    const spelled = new Date(instant * 1_000).toISOString();
    return instant % DAY === 0 ? spelled.slice(0, 10) : `${spelled.slice(0, 19)}Z`;
}

/** POSIX seconds; undefined unless *untrusted* is what `encodeInstant` writes for 2000 to 2999. */
export function decodeInstant(untrusted: string): number | undefined {
    const spelled = /^2\d{3}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?$/.test(untrusted);
    const instant = spelled ? Date.parse(untrusted) / 1_000 : NaN;
    return Number.isNaN(instant) || encodeInstant(instant) !== untrusted ? undefined : instant;
}

/** The instant at which a date begins in UTC. */
export function midnight(date: string): number {
    const day = dayNumber(date);
    if (day === undefined) throw new RangeError("date");
    return day * DAY;
}

export function encodeDuration(seconds: number): string {
    return seconds % DAY === 0 ? `${seconds / DAY}d` : `${seconds}s`;
}

/** Seconds; undefined unless *untrusted* is what `encodeDuration` writes for 1 second to a century. */
export function decodeDuration(untrusted: string): number | undefined {
    const number = parseDecimal(untrusted.slice(0, -1));
    const seconds = (number ?? 0) * (untrusted.endsWith("d") ? DAY : 1);
    return seconds >= 1 && seconds <= MAX_DAYS * DAY && encodeDuration(seconds) === untrusted ? seconds : undefined;
}

/** The beginning of the period that *instant* is in; periods are counted from a Monday. */
export function periodStart(instant: number, length: number): number {
    const into = (instant - FIRST_MONDAY) % length;
    return instant - (into < 0 ? into + length : into);
}

/** The Monday of an ISO week of the years 2000 to 2999; undefined for anything else. */
export function mondayOf(untrusted: string): string | undefined {
    const [, year = "", week = ""] = /^(2\d{3})-W(\d{2})$/.exec(untrusted) ?? [];
    if (year === "") return undefined;
    // The fourth of January is always in the first week.
    const fourth = midnight(`${year}-01-04`);
    const first = encodeInstant(periodStart(fourth, WEEK));
    const monday = addDays(first, 7 * (Number(week) - 1));
    return isoWeek(monday) === untrusted ? monday : undefined;
}

/** The instant at which a cohort begins; undefined unless *untrusted* is the name of one. */
export function decodeCohort(untrusted: string): number | undefined {
    if (!untrusted.includes("W")) return decodeInstant(untrusted);
    const monday = mondayOf(untrusted);
    return monday === undefined ? undefined : midnight(monday);
}
