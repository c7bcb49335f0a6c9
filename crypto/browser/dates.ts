/** Dates `YYYY-MM-DD` and ISO 8601 weeks, both in UTC. Dates of one spelling compare as text. */

const DAY_MS = 86_400_000;

/** Days since 1970-01-01; undefined unless *untrusted* is a real date in its one spelling. */
export function dayNumber(untrusted: string): number | undefined {
    const time = /^\d{4}-\d{2}-\d{2}$/.test(untrusted) ? Date.parse(`${untrusted}T00:00:00Z`) : NaN;
    const day = Math.floor(time / DAY_MS);
    return Number.isNaN(time) || dateOf(day) !== untrusted ? undefined : day;
}

function dateOf(day: number): string {
    return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

export function addDays(date: string, days: number): string {
    const day = dayNumber(date);
    if (day === undefined) throw new RangeError("date");
    return dateOf(day + days);
}

/** The ISO week of a date, `2026-W48`. */
export function isoWeek(date: string): string {
    const day = dayNumber(date);
    if (day === undefined) throw new RangeError("date");
    // The week belongs to the year of its Thursday; 1970-01-01 was one.
    const thursday = day - (day % 7) + (day % 7 > 3 ? 7 : 0);
    const year = dateOf(thursday).slice(0, 4);
    const first = dayNumber(`${year}-01-01`) ?? 0;
    return `${year}-W${String(Math.floor((thursday - first) / 7) + 1).padStart(2, "0")}`;
}
