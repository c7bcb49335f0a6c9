/** What the site says before anything is sealed: whom to seal to, and the key of its promises. */

import { equal, parseBase64 } from "../../crypto/browser/bytes.ts";
import { UnverifiedError } from "../../crypto/browser/errors.ts";
import { type Keyring, openKeyring, Roots } from "../../crypto/browser/keyring.ts";
import { VerifierKey } from "../../crypto/browser/note.ts";
import type { Site } from "./http.ts";

export interface Intake {
    readonly origin: string;
    readonly keyring: Keyring;
    readonly rootsHash: Uint8Array;
    readonly promiseKey: VerifierKey;
    readonly attachmentBytes: number;
    readonly attachments: number;
    readonly partBytes: number;
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
        rootsHash: roots.hash,
        promiseKey: VerifierKey.parse(answer.text("promise_key")),
        attachmentBytes: limits.integer("attachment_bytes"),
        attachments: limits.integer("attachments"),
        partBytes: limits.integer("part_bytes"),
    };
}

/** Today in UTC, as keyrings count days. */
export function today(): string {
    return new Date().toISOString().slice(0, 10);
}
