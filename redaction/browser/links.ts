/** The twin of `files/links.py`, which says which links stay in a document. */

import { visible } from "./documents/invisible.ts";
import { TRACKING } from "./policy.ts";

const SPACE = "\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const LABEL = `[^${SPACE}/?#@:.\\[\\]\\\\<>"'\`]{1,63}`;
const TOP = `[^${SPACE}/?#@:.\\[\\]\\\\<>"'\`0-9]{2,63}`;
const WEB = new RegExp(
    `^(https?)://((?:${LABEL}\\.){1,20}${TOP}\\.?)(:[0-9]{1,5})?` +
        `(/[^${SPACE}?#\\\\<>"\`]*)?(?:\\?([^${SPACE}#\\\\<>"\`]*))?(?:#([^${SPACE}\\\\<>"\`]*))?$`,
    "iu",
);
const LOCAL = /\.(?:local|lan|home|internal|intranet|corp|localdomain)$/iu;
const PART = `[^${SPACE}@?&,;<>"]`;
const MAIL = new RegExp(`^mailto:(${PART}{1,100}@${PART}{1,200})(?:\\?.*)?$`, "iu");
const TOLD = new RegExp(`^(?:${TRACKING})$`, "iu");
const TELLING = /[=&~]/u;
const SESSION = /;(?:jsessionid|phpsessid|sid)=[^/?#]*/giu;

/** The link without what tracks people, or undefined if it has to go. */
export function cleanLink(untrusted: string): string | undefined {
    const link = visible(untrusted.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ""));
    const mail = MAIL.exec(link)?.[1];
    if (mail !== undefined) return `mailto:${mail}`;
    const web = WEB.exec(link);
    const [, scheme = "", host = "", port = "", path = "", query = "", fragment = ""] = web ?? [];
    if (web === null || LOCAL.test(host)) return undefined;
    const kept = query.split("&").filter((one) => one !== "" && !TOLD.test((one.split("=")[0] ?? "").replace(/^amp;/, "")));
    // A fragment that is made of words or parameters tells what was read, or by whom.
    const place = fragment === "" || TELLING.test(fragment) ? "" : `#${fragment}`;
    return `${scheme.toLowerCase()}://${host}${port}${path.replace(SESSION, "")}${kept.length > 0 ? "?" : ""}${kept.join("&")}${place}`;
}
