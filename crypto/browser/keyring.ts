/** Roots and the weekly keyring (SPEC.md §7): whom a message may be sealed to, and who may answer. */

import { Recipient } from "./age.ts";
import { parseBase64, sha256Of, toBase64, utf8 } from "./bytes.ts";
import { addDays, dayNumber, isoWeek } from "./dates.ts";
import { MalformedKeyringError, StaleKeyringError, UnverifiedError } from "./errors.ts";
import { isKeyName, openNote, sign, type SigningKey, VerifierKey } from "./note.ts";

const HEADER = "wasl/keyring/v1";
const ROOTS_HEADER = "wasl/roots/v1";
const VALID_DAYS = 14;
const SLUG = /^[a-z0-9-]{1,32}$/;
// eslint-disable-next-line no-control-regex -- control characters are what the format forbids
const NAME = /^(?=[^ ]$|[^ ].*[^ ]$)[^\u0000-\u001f\u007f\ud800-\udfff]{1,200}$/u;

/** The offline keys of the organisations and how many of them must sign. */
export class Roots {
    readonly keys: readonly VerifierKey[];
    readonly quorum: number;

    constructor(keys: readonly VerifierKey[], quorum: number) {
        const lines = keys.map((key) => key.encode());
        const ascending = lines.every((line, i) => i === 0 || compareBytes(lines[i - 1] ?? "", line) < 0);
        if (!ascending || distinct(keys.map((key) => key.key)) !== keys.length || !Number.isInteger(quorum) || quorum < 1 || quorum > keys.length) {
            throw new MalformedKeyringError("roots");
        }
        this.keys = keys;
        this.quorum = quorum;
    }

    /** Raise `MalformedKeyringError` unless *untrusted* is canonical. */
    static parse(untrusted: string): Roots {
        const [, quorum = "", ...vkeys] = untrusted.split("\n").slice(0, -1);
        const roots = new Roots(vkeys.map(parseVkey), parseNumber(quorum, "quorum "));
        if (roots.encode() !== untrusted) throw new MalformedKeyringError("roots");
        return roots;
    }

    encode(): string {
        return [ROOTS_HEADER, `quorum ${this.quorum}`, ...this.keys.map((key) => key.encode()), ""].join("\n");
    }

    /** `roots_hash`, 32 bytes: what a receipt code is bound to. */
    get hash(): Uint8Array {
        return sha256Of(utf8(this.encode()));
    }
}

function compareBytes(a: string, b: string): number {
    const [left, right] = [utf8(a), utf8(b)];
    const at = left.findIndex((byte, i) => byte !== right[i]);
    return at < 0 ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? -1);
}

function parseVkey(untrusted: string): VerifierKey {
    try {
        return VerifierKey.parse(untrusted);
    } catch {
        throw new MalformedKeyringError("verifier key");
    }
}

function parseNumber(line: string, label: string): number {
    const digits = line.slice(label.length);
    if (!line.startsWith(label) || !/^[1-9][0-9]{0,14}$/.test(digits)) throw new MalformedKeyringError(label.trim());
    return Number(digits);
}

export interface Reviewer {
    readonly id: string;
    readonly recipient: Recipient;
    readonly device: VerifierKey;
    /** The first day on which her training no longer holds (§23). */
    readonly trainedUntil?: string | undefined;
}

export interface Organisation {
    readonly slug: string;
    readonly nameAr: string;
    readonly nameEn: string;
    /** The Monday that ends its probation: until then its reviewers read and do not decide. */
    readonly probation: string | undefined;
    readonly reviewers: readonly Reviewer[];
}

interface KeyringFields {
    readonly origin: string;
    readonly serial: number;
    /** H of the text of the keyring before; zeros for serial 1. */
    readonly previous: Uint8Array;
    readonly week: string;
    readonly notBefore: string;
    /** Exclusive. */
    readonly notAfter: string;
    readonly orgs: readonly Organisation[];
}

/** One week's recipients and device keys. */
export class Keyring implements KeyringFields {
    readonly origin: string;
    readonly serial: number;
    readonly previous: Uint8Array;
    readonly week: string;
    readonly notBefore: string;
    readonly notAfter: string;
    readonly orgs: readonly Organisation[];

    /** Raise `MalformedKeyringError` unless the fields keep the rules of SPEC.md §7. */
    constructor(fields: KeyringFields) {
        this.origin = fields.origin;
        this.serial = fields.serial;
        this.previous = fields.previous;
        this.week = fields.week;
        this.notBefore = fields.notBefore;
        this.notAfter = fields.notAfter;
        this.orgs = fields.orgs;
        this.#check();
    }

    #check(): void {
        const reviewers = this.orgs.flatMap((org) => org.reviewers);
        const sound =
            isWeek(this.week, this.notBefore, this.notAfter) &&
            isKeyName(this.origin) &&
            (this.serial === 1) === this.previous.every((byte) => byte === 0) &&
            this.orgs.length > 0 &&
            isAscending(this.orgs.map((org) => org.slug)) &&
            this.orgs.every((org) => isSound(org, this.notBefore)) &&
            new Set(reviewers.map(({ id }) => id)).size === reviewers.length &&
            distinct(reviewers.map(({ recipient }) => recipient.key)) === reviewers.length &&
            distinct(reviewers.map(({ device }) => device.key)) === reviewers.length &&
            reviewers.every(({ id, device }) => device.name === `${this.origin}/device/${id}`);
        if (!sound) throw new MalformedKeyringError("keyring");
    }

    /** Raise `MalformedKeyringError` unless *untrusted* is canonical. No signature is checked here. */
    static parse(untrusted: string): Keyring {
        const lines = new Lines(untrusted);
        lines.take(HEADER);
        const keyring = new Keyring({
            origin: lines.field("origin"),
            serial: parseNumber(lines.field("serial"), ""),
            previous: parseHash(lines.field("previous")),
            week: lines.field("week"),
            notBefore: lines.field("not-before"),
            notAfter: lines.field("not-after"),
            orgs: lines.repeat("org ", parseOrganisation),
        });
        if (keyring.encode() !== untrusted) throw new MalformedKeyringError("keyring");
        return keyring;
    }

    encode(): string {
        const lines = [
            HEADER,
            `origin ${this.origin}`,
            `serial ${this.serial}`,
            `previous ${toBase64(this.previous)}`,
            `week ${this.week}`,
            `not-before ${this.notBefore}`,
            `not-after ${this.notAfter}`,
            ...this.orgs.flatMap(encodeOrganisation),
        ];
        return lines.map((line) => `${line}\n`).join("");
    }

    /** H of the text: `previous` of the next one. */
    get digest(): Uint8Array {
        return sha256Of(utf8(this.encode()));
    }

    get recipients(): readonly Recipient[] {
        return this.orgs.flatMap((org) => org.reviewers.map(({ recipient }) => recipient));
    }

    get devices(): readonly VerifierKey[] {
        return this.orgs.flatMap((org) => org.reviewers.map(({ device }) => device));
    }
}

function isSound({ nameAr, nameEn, probation, reviewers }: Organisation, notBefore: string): boolean {
    const named = NAME.test(nameAr) && NAME.test(nameEn);
    const lasts = probation === undefined || (isMonday(probation) && probation > notBefore);
    const trained = reviewers.every(({ trainedUntil }) => trainedUntil === undefined || (dayNumber(trainedUntil) !== undefined && trainedUntil > notBefore));
    return named && lasts && trained && reviewers.length > 0 && isAscending(reviewers.map(({ id }) => id));
}

function distinct(keys: readonly Uint8Array[]): number {
    return new Set(keys.map(toBase64)).size;
}

function isWeek(week: string, notBefore: string, notAfter: string): boolean {
    return isMonday(notBefore) && isoWeek(notBefore) === week && addDays(notBefore, VALID_DAYS) === notAfter;
}

function isMonday(date: string): boolean {
    const day = dayNumber(date);
    // Day 0 was a Thursday.
    return day !== undefined && ((day % 7) + 7) % 7 === 4;
}

function isAscending(slugs: readonly string[]): boolean {
    return slugs.every((slug, i) => SLUG.test(slug) && (i === 0 || (slugs[i - 1] ?? "") < slug));
}

function parseHash(untrusted: string): Uint8Array {
    try {
        return parseBase64(untrusted, 32);
    } catch {
        throw new MalformedKeyringError("previous");
    }
}

/** The lines of a text, taken from the top. */
class Lines {
    readonly #left: string[];

    constructor(text: string) {
        this.#left = text.split("\n");
    }

    take(expected: string): void {
        if (this.#left.shift() !== expected) throw new MalformedKeyringError(expected);
    }

    field(label: string): string {
        const line = this.#left.shift() ?? "";
        if (!line.startsWith(`${label} `)) throw new MalformedKeyringError(label);
        return line.slice(label.length + 1);
    }

    optional(label: string): string | undefined {
        return this.#left[0]?.startsWith(`${label} `) === true ? this.field(label) : undefined;
    }

    repeat<T>(start: string, parse: (lines: Lines) => T): T[] {
        const items: T[] = [];
        while (this.#left[0]?.startsWith(start) === true) items.push(parse(this));
        return items;
    }
}

function parseOrganisation(lines: Lines): Organisation {
    return {
        slug: lines.field("org"),
        nameAr: lines.field("name-ar"),
        nameEn: lines.field("name-en"),
        probation: lines.optional("probation"),
        reviewers: lines.repeat("reviewer ", parseReviewer),
    };
}

function parseReviewer(lines: Lines): Reviewer {
    const id = lines.field("reviewer");
    const recipient = parseRecipient(lines.field("recipient"));
    return { id, recipient, device: parseVkey(lines.field("device")), trainedUntil: lines.optional("trained-until") };
}

function parseRecipient(untrusted: string): Recipient {
    try {
        return Recipient.parse(untrusted);
    } catch {
        throw new MalformedKeyringError("recipient");
    }
}

function encodeOrganisation(org: Organisation): string[] {
    return [
        `org ${org.slug}`,
        `name-ar ${org.nameAr}`,
        `name-en ${org.nameEn}`,
        ...(org.probation === undefined ? [] : [`probation ${org.probation}`]),
        ...org.reviewers.flatMap(({ id, recipient, device, trainedUntil }) => [
            `reviewer ${id}`,
            `recipient ${recipient.encode()}`,
            `device ${device.encode()}`,
            ...(trainedUntil === undefined ? [] : [`trained-until ${trainedUntil}`]),
        ]),
    ];
}

/** A note over the keyring by *rootKeys*. */
export function signKeyring(keyring: Keyring, ...rootKeys: readonly SigningKey[]): string {
    return sign(keyring.encode(), ...rootKeys);
}

/**
 * The keyring that *untrustedNote* carries. Raise `UnverifiedError` without a quorum of *roots*
 * or for another *origin*, `MalformedKeyringError` if its text is not one, `StaleKeyringError` if it
 * is not of *today* or older than *atLeastSerial*.
 */
export function openKeyring(
    untrustedNote: string,
    roots: Roots,
    { origin, today, atLeastSerial = 0 }: { origin: string; today: string; atLeastSerial?: number },
): Keyring {
    const keyring = openKeyringOfAnyWeek(untrustedNote, roots, origin);
    if (today < keyring.notBefore || keyring.notAfter <= today) throw new StaleKeyringError("not for today");
    if (keyring.serial < atLeastSerial) throw new StaleKeyringError("an older keyring");
    return keyring;
}

/** As `openKeyring`, for a page that says itself when its keys are over. */
export function openKeyringOfAnyWeek(untrustedNote: string, roots: Roots, origin: string): Keyring {
    const { text, verified } = openNote(untrustedNote, roots.keys);
    if (verified.length < roots.quorum) throw new UnverifiedError("too few roots signed");
    const keyring = Keyring.parse(text);
    if (keyring.origin !== origin) throw new UnverifiedError("a keyring of another instance");
    return keyring;
}
