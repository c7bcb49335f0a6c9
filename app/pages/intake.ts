/** What the site says before anything is sealed: whom to seal to, and the key of its promises. */

import { equal, parseBase64, utf8 } from "../../crypto/browser/bytes.ts";
import { TooLargeError, UnverifiedError } from "../../crypto/browser/errors.ts";
import { type Keyring, openKeyring, Roots } from "../../crypto/browser/keyring.ts";
import { VerifierKey } from "../../crypto/browser/note.ts";
import type { Site } from "./http.ts";

/** The topic of an opinion about something that nobody asked about. */
export const ANY_SUBJECT = "other";

/** Nobody asks about this topic any more. The site cannot refuse it: it never sees the topic. */
export class ClosedTopicError extends Error {
    override readonly name = "ClosedTopicError";
}

export interface Intake {
    readonly origin: string;
    readonly keyring: Keyring;
    readonly keyringNote: string;
    readonly roots: Roots;
    readonly promiseKey: VerifierKey;
    /** Who must sign the public log, as it came; the rules in the log vouch for it. */
    readonly policy: string;
    /** Slugs of the topics that are open. */
    readonly topics: readonly string[];
    readonly limits: Limits;
}

export interface Limits {
    readonly textBytes: number;
    readonly attachments: number;
    readonly attachmentBytes: number;
}

/**
 * Raise `UnverifiedError` unless the keyring is signed by the roots (those of *pinnedRoots*, base64
 * of their hash, where the page names one) and `StaleKeyringError` unless it is for *today*.
 */
export async function fetchIntake(site: Site, today: string, pinnedRoots: string | undefined): Promise<Intake> {
    const answer = await site.intake();
    const roots = Roots.parse(answer.text("roots"));
    if (pinnedRoots !== undefined && !equal(roots.hash, parseBase64(pinnedRoots))) {
        throw new UnverifiedError("other roots than the page names");
    }
    const origin = answer.text("origin");
    const limits = answer.object("limits");
    return {
        origin,
        keyring: openKeyring(answer.text("keyring"), roots, { origin, today }),
        keyringNote: answer.text("keyring"),
        roots,
        promiseKey: VerifierKey.parse(answer.text("promise_key")),
        policy: answer.object("log").text("policy"),
        topics: answer.objects("topics").map((topic) => topic.text("slug")),
        limits: {
            textBytes: limits.integer("text_bytes"),
            attachments: limits.integer("attachments"),
            attachmentBytes: limits.integer("attachment_bytes"),
        },
    };
}

/** Raise `TooLargeError` if the words take more bytes than the site wants. */
export function checkTextSize(text: string, { limits }: Intake): void {
    const over = utf8(text).length - limits.textBytes;
    if (over > 0) throw new TooLargeError(over);
}

/** Today in UTC, as keyrings count days. */
export function today(): string {
    return new Date().toISOString().slice(0, 10);
}
