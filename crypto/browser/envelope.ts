/** What is inside the age files (SPEC.md §5): submissions, follow-ups, replies, attachments. */

import { Blank, decrypt, encrypt, encryptStream, type Identity, padRecipients, Recipient, sealedSize, STANZAS } from "./age.ts";
import { equal, parseBase64, type Random, systemRandom, toBase64, utf8 } from "./bytes.ts";
import { MalformedPayloadError, TamperedMessageError, UnverifiedError } from "./errors.ts";
import type { Thread } from "./keys.ts";
import type { Keyring } from "./keyring.ts";
import { isKeyName, openNote, sign, type SigningKey, type VerifierKey } from "./note.ts";
import {
    decodeText,
    encodeManifest,
    type Json,
    MESSAGE_CLASSES,
    padPayload,
    paddedSize,
    parseManifest,
    type Payload,
    REPLY_CLASS,
    unpadPayload,
} from "./padding.ts";

export type Lang = "ar" | "en";
export const SEALERS = ["browser", "server", "program", "tablet", "paper"] as const;
export type SealedBy = (typeof SEALERS)[number];
export const SECTION_NAMES = ["problem", "why", "proposal", "place"] as const;
export type SectionName = (typeof SECTION_NAMES)[number];
export const STATUSES = [
    "received",
    "read",
    "question",
    "redacted",
    "relayed",
    "answered:1",
    "answered:2",
    "answered:3",
    "answered:4",
    "answered:5",
    "published:1",
    "published:2",
    "published:3",
    "published:4",
    "published:5",
    "declined",
    "declined:1",
    "declined:2",
    "declined:3",
    "declined:4",
    "declined:5",
    "declined:6",
    "withdrawn",
    "expired",
] as const;
export type Status = (typeof STATUSES)[number];

const SUBMISSION_TYPE = "wasl/submission/v1";
const MESSAGE_TYPE = "wasl/message/v1";
const RATING_TYPE = "wasl/rating/v1";
const REPLY_TYPE = "wasl/reply/v1";
const ZEROS = new Uint8Array(65_536);

const SLUG = /^[a-z0-9-]{1,64}$/;
const MEDIA = /^[a-z0-9.+-]{1,64}\/[a-z0-9.+-]{1,128}$/;
// A name becomes a file on a reviewer's disk and a line on her screen: no separators, no leading
// dot, no control characters, none of the marks that turn the direction of writing.
const FILE_NAME =
    // eslint-disable-next-line no-control-regex -- see above
    /^(?!\.)[^/\\\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]{1,120}$/u;

/** What senders may tell of themselves, and the words that answer each question. */
export const ABOUT = {
    region: ["north", "middle", "south"],
    age: ["under-30", "30-59", "60-up"],
    sector: ["public", "private", "own", "study", "none"],
} as const;
export type Question = keyof typeof ABOUT;
export const QUESTIONS = Object.keys(ABOUT) as readonly Question[];
/** A word for each question that is answered. */
export type About = Readonly<Partial<Record<Question, string>>>;

export interface Section {
    readonly name: SectionName;
    readonly text: string;
}

export interface Attachment {
    /** H of the attachment's age file. */
    readonly digest: Uint8Array;
    /** Bytes before padding. */
    readonly size: number;
    readonly name: string;
    readonly media: string;
    readonly cleaned: boolean;
}

export interface Submission {
    readonly topic: string;
    readonly lang: Lang;
    readonly thread: Uint8Array;
    readonly replyTo: Recipient;
    readonly keyring: number;
    readonly sealedBy: SealedBy;
    /** None is empty; in the order of `SECTION_NAMES`, `problem` among them. */
    readonly sections: readonly Section[];
    readonly attachments: readonly Attachment[];
    readonly about: About;
}

function check(submission: Submission): Submission {
    const { topic, thread, keyring, sections, attachments, about } = submission;
    const names = sections.map(({ name }) => name);
    const sound =
        SLUG.test(topic) &&
        thread.length === 32 &&
        keyring >= 1 &&
        names.includes("problem") &&
        names.join() === SECTION_NAMES.filter((name) => names.includes(name)).join() &&
        sections.every(({ text }) => text !== "") &&
        Object.entries(about).every(([question, word]) => isAnswer(question, word)) &&
        attachments.every(({ digest, name, media }) => digest.length === 32 && FILE_NAME.test(name) && MEDIA.test(media));
    if (!sound) throw new MalformedPayloadError("submission");
    return submission;
}

function isAnswer(question: string, word: string): boolean {
    const words: Readonly<Partial<Record<string, readonly string[]>>> = ABOUT;
    return words[question]?.includes(word) === true;
}

/** An age file for the keyring's reviewers in which nothing is yet. */
export async function blankFor(keyring: Keyring, random: Random = systemRandom): Promise<Blank> {
    return Blank.to(padRecipients(keyring.recipients, random));
}

/** The age file, made of a *blank* for the keyring; raise `TooLargeError` if the text is too long. */
export async function sealSubmission(submission: Submission, blank: Blank): Promise<Uint8Array> {
    const { manifest, text } = encodeSubmission(submission);
    return blank.seal(padPayload(manifest, text, MESSAGE_CLASSES));
}

/** Raise `MalformedPayloadError` for what nobody could open. */
export function encodeSubmission(submission: Submission): Payload {
    check(submission);
    const text = utf8(submission.sections.map((section) => section.text).join(""));
    return { manifest: encodeManifest(submissionManifest(submission)), text };
}

function submissionManifest(submission: Submission): Json {
    return {
        type: SUBMISSION_TYPE,
        topic: submission.topic,
        lang: submission.lang,
        thread: toBase64(submission.thread),
        reply_to: submission.replyTo.encode(),
        keyring: submission.keyring,
        sealed_by: submission.sealedBy,
        sections: submission.sections.map(({ name, text }) => ({ name, bytes: utf8(text).length })),
        attachments: submission.attachments.map(({ digest, size, name, media, cleaned }) => ({
            digest: toBase64(digest),
            size,
            name,
            media,
            cleaned,
        })),
        ...(Object.keys(submission.about).length === 0 ? {} : { about: { ...submission.about } }),
    };
}

/** Raise `MalformedPayloadError` unless the age file holds a submission; see `decrypt` for the rest. */
export async function openSubmission(untrusted: Uint8Array, identities: readonly Identity[]): Promise<Submission> {
    return readSubmission(unpadPayload(await decrypt(untrusted, identities), MESSAGE_CLASSES));
}

/** Raise `MalformedPayloadError` unless the manifest is canonical and fits the text. */
export function readSubmission({ manifest, text }: Payload): Submission {
    const fields = new Fields(parseManifest(manifest), SUBMISSION_TYPE);
    const submission: Submission = {
        topic: fields.text("topic"),
        lang: fields.oneOf("lang", ["ar", "en"]),
        thread: fields.bytes("thread", 32),
        replyTo: parseReplyTo(fields.text("reply_to")),
        keyring: fields.integer("keyring"),
        sealedBy: fields.oneOf("sealed_by", SEALERS),
        sections: cutSections(fields.list("sections"), text),
        attachments: fields.list("attachments").map(parseAttachment),
        about: parseAbout(fields.objectIfAny("about")),
    };
    fields.end();
    return check(submission);
}

function parseReplyTo(untrusted: string): Recipient {
    try {
        return Recipient.parse(untrusted);
    } catch {
        throw new MalformedPayloadError("reply_to");
    }
}

/** Without the field, nothing is told; nothing told has no field. */
function parseAbout(fields: Fields | undefined): About {
    if (fields === undefined) return {};
    const told = QUESTIONS.filter((question) => fields.has(question)).map((question) => [question, fields.oneOf(question, ABOUT[question])]);
    fields.end();
    if (told.length === 0) throw new MalformedPayloadError("about");
    return Object.fromEntries(told) as About;
}

function cutSections(untrusted: readonly Fields[], text: Uint8Array): readonly Section[] {
    let offset = 0;
    const sections = untrusted.map((fields) => {
        const name = fields.oneOf("name", SECTION_NAMES);
        const bytes = text.subarray(offset, (offset += fields.integer("bytes")));
        fields.end();
        return { name, text: decodeText(bytes) };
    });
    if (offset !== text.length) throw new MalformedPayloadError("sections");
    return sections;
}

function parseAttachment(fields: Fields): Attachment {
    const attachment = {
        digest: fields.bytes("digest", 32),
        size: fields.integer("size"),
        name: fields.text("name"),
        media: fields.text("media"),
        cleaned: fields.boolean("cleaned"),
    };
    fields.end();
    return attachment;
}

/** Takes typed values out of a parsed manifest; a missing, ill-typed or left-over one is malformed. */
class Fields {
    readonly #left: Map<string, Json>;

    constructor(object: Json | undefined, type?: string) {
        if (typeof object !== "object" || Array.isArray(object)) throw new MalformedPayloadError("object");
        this.#left = new Map(Object.entries(object));
        if (type !== undefined && this.#take("type") !== type) throw new MalformedPayloadError("type");
    }

    #take(name: string): Json | undefined {
        const value = this.#left.get(name);
        this.#left.delete(name);
        return value;
    }

    has(name: string): boolean {
        return this.#left.has(name);
    }

    objectIfAny(name: string): Fields | undefined {
        return this.has(name) ? new Fields(this.#take(name)) : undefined;
    }

    text(name: string): string {
        const value = this.#take(name);
        if (typeof value !== "string") throw new MalformedPayloadError(name);
        return value;
    }

    oneOf<T extends string>(name: string, words: readonly T[]): T {
        const value = this.text(name);
        const word = words.find((candidate) => candidate === value);
        if (word === undefined) throw new MalformedPayloadError(name);
        return word;
    }

    integer(name: string): number {
        const value = this.#take(name);
        if (typeof value !== "number" || value < 0) throw new MalformedPayloadError(name);
        return value;
    }

    boolean(name: string): boolean {
        const value = this.#take(name);
        if (typeof value !== "boolean") throw new MalformedPayloadError(name);
        return value;
    }

    bytes(name: string, length: number): Uint8Array {
        try {
            return parseBase64(this.text(name), length);
        } catch {
            throw new MalformedPayloadError(name);
        }
    }

    list(name: string): Fields[] {
        const value = this.#take(name);
        if (!Array.isArray(value)) throw new MalformedPayloadError(name);
        return value.map((item: Json) => new Fields(item));
    }

    end(): void {
        if (this.#left.size > 0) throw new MalformedPayloadError("unknown field");
    }
}

/** How the holder of a code answers "did it help?". */
export const RATINGS = ["yes", "partly", "no"] as const;
export type Rating = (typeof RATINGS)[number];

/** A message by the holder of the code after the first; *index* 1 and up. */
export interface FollowUp {
    readonly index: number;
    readonly text: string;
    /** The text is one of `RATINGS`. */
    readonly isRating: boolean;
}

/** An age file for the keyring's reviewers. A rating has the size of a short message. */
export async function sealFollowUp(
    thread: Thread,
    followUp: FollowUp,
    keyring: Keyring,
    random: Random = systemRandom,
): Promise<Uint8Array> {
    checkFollowUp(followUp);
    const { index, isRating } = followUp;
    const [type, body] = [isRating ? RATING_TYPE : MESSAGE_TYPE, utf8(followUp.text)];
    const manifest = encodeManifest({ type, index, mac: toBase64(thread.mac(index, body, type)) });
    return encrypt(padPayload(manifest, body, MESSAGE_CLASSES), padRecipients(keyring.recipients, random));
}

function checkFollowUp({ index, text, isRating }: FollowUp): void {
    const isSound = index >= 1 && text !== "" && (!isRating || RATINGS.some((each) => each === text));
    if (!isSound) throw new MalformedPayloadError("follow-up");
}

/** Raise `TamperedMessageError` unless the holder of *thread* wrote it (for *index*, where given). */
export async function openFollowUp(
    untrusted: Uint8Array,
    identities: readonly Identity[],
    thread: Thread,
    { index }: { index?: number } = {},
): Promise<FollowUp> {
    const { manifest, text } = unpadPayload(await decrypt(untrusted, identities), MESSAGE_CLASSES);
    const fields = new Fields(parseManifest(manifest));
    const type = fields.oneOf("type", [MESSAGE_TYPE, RATING_TYPE]);
    const followUp = { index: fields.integer("index"), text: decodeText(text), isRating: type === RATING_TYPE };
    const mac = fields.bytes("mac", 32);
    fields.end();
    checkFollowUp(followUp);
    if (!equal(mac, thread.mac(followUp.index, text, type)) || (index ?? followUp.index) !== followUp.index) {
        throw new TamperedMessageError("not by this thread, or not at this place");
    }
    return followUp;
}

/** A reviewer's answer, number *index* of the case whose `slot("citizen", 0)` is *slot*. */
export interface Reply {
    readonly origin: string;
    readonly slot: Uint8Array;
    readonly index: number;
    readonly status: Status;
    readonly lang: Lang;
    readonly text: string;
}

export interface SignedReply extends Reply {
    /** The reviewer's id. */
    readonly signedBy: string;
}

/** An age file for the citizen alone: one stanza. */
export async function sealReply(reply: Reply, deviceKey: SigningKey, replyTo: Recipient): Promise<Uint8Array> {
    const note = sign(encodeReply(reply), deviceKey);
    return encrypt(padPayload(encodeManifest({ type: REPLY_TYPE }), utf8(note), [REPLY_CLASS]), [replyTo]);
}

/** The text of the note. */
export function encodeReply({ origin, slot, index, status, lang, text }: Reply): string {
    const sound = isKeyName(origin) && slot.length === 32 && Number.isSafeInteger(index) && index >= 0;
    if (!sound || text === "" || text !== plainText(text)) throw new MalformedPayloadError("reply");
    return [REPLY_TYPE, origin, toBase64(slot), index, status, lang, "", text, ""].join("\n");
}

/** *text* as lines that a note can hold: LF only, tabs as spaces, nothing at the ends. */
export function plainText(text: string): string {
    const lines = text.replace(/\r\n?/g, "\n").replace(/\t/g, " ");
    // eslint-disable-next-line no-control-regex -- control characters are what the format forbids
    return lines.replace(/[\u0000-\u0009\u000b-\u001f]/g, "").replace(/^[^\S\ufeff]+|[^\S\ufeff]+$/g, "");
}

/** Raise `MalformedPayloadError` unless *untrusted* is canonical. No signature is checked here. */
export function parseReply(untrusted: string): Reply {
    const [, origin = "", slot = "", index = "", status = "", lang = "", , ...lines] = untrusted.split("\n");
    const fields = new Fields({ slot, status, lang });
    const reply = {
        origin,
        slot: fields.bytes("slot", 32),
        index: Number(index),
        status: fields.oneOf("status", STATUSES),
        lang: fields.oneOf("lang", ["ar", "en"]),
        text: lines.slice(0, -1).join("\n"),
    };
    if (encodeReply(reply) !== untrusted) throw new MalformedPayloadError("reply");
    return reply;
}

/**
 * Raise `UnverifiedError` unless one of the *devices* signed the reply for this *origin* and case.
 * A server can put a true reply under another name: compare `index` with the name's.
 */
export async function openReply(
    untrusted: Uint8Array,
    identity: Identity,
    devices: readonly VerifierKey[],
    { origin, slot }: { origin: string; slot: Uint8Array },
): Promise<SignedReply> {
    const { manifest, text } = unpadPayload(await decrypt(untrusted, [identity]), [REPLY_CLASS]);
    new Fields(parseManifest(manifest), REPLY_TYPE).end();
    const opened = openNote(text, devices);
    const reply = parseReply(opened.text);
    if (reply.origin !== origin || !equal(reply.slot, slot)) throw new UnverifiedError("a reply to another case");
    const [signer] = opened.verified;
    return { ...reply, signedBy: signer?.name.replace(`${origin}/device/`, "") ?? "" };
}

/** Bytes of the age file of an attachment of *size* bytes for *recipients* reviewers. */
export function sealedAttachmentSize(size: number, recipients: number): number {
    return sealedSize(paddedSize(size), Math.ceil(recipients / STANZAS) * STANZAS);
}

/** The age file of an attachment, padded, as a stream of `sealedAttachmentSize` bytes. */
export async function sealAttachment(
    bytes: Uint8Array,
    recipients: readonly Recipient[],
    random: Random = systemRandom,
): Promise<ReadableStream<Uint8Array>> {
    return encryptStream(paddedStream(bytes), padRecipients(recipients, random));
}

function paddedStream(bytes: Uint8Array): ReadableStream<Uint8Array> {
    const size = paddedSize(bytes.length);
    let offset = 0;
    return new ReadableStream({
        pull(controller) {
            const end = offset < bytes.length ? bytes.length : size;
            const length = Math.min(ZEROS.length, end - offset);
            const chunk = offset < bytes.length ? bytes.subarray(offset, offset + length) : ZEROS.subarray(0, length);
            controller.enqueue(chunk);
            offset += length;
            if (offset === size) controller.close();
        },
    });
}

/** The file of *size* bytes inside; raise `MalformedPayloadError` unless the rest is its zero padding. */
export async function openAttachment(
    untrusted: Uint8Array,
    identities: readonly Identity[],
    size: number,
): Promise<Uint8Array> {
    const padded = await decrypt(untrusted, identities);
    if (padded.length !== paddedSize(size) || padded.subarray(size).some((byte) => byte !== 0)) {
        throw new MalformedPayloadError("padding");
    }
    return padded.subarray(0, size);
}

