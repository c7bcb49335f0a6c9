/** What the review needs, fetched beside the page for writing: the text scanner and its words. */

export { remove, segments } from "../../redaction/browser/text.ts";
export { scan } from "../../redaction/browser/text-rules.ts";
export { words } from "../../redaction/browser/words.ts";
