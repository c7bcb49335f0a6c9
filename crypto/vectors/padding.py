"""`padding.json`: sizes."""

from crypto import age
from crypto.padding import padded_size
from crypto.vectors.cast import Json


def build() -> Json:
    mib = 1 << 20
    sizes = [0, 1, 4_095, 4_096, 4_097, 8_192, 8_193, 65_536, 100_000, mib, 16 * mib - 1, 16 * mib]
    sizes += [16 * mib + 1, 17 * mib, 33_333_333, 100 * mib - 1, 100 * mib, 500 * mib + 7]
    payloads = [0, 1, 65_535, 65_536, 65_537, 131_072, 262_144, 16_384, 100 * mib]
    return {
        "attachments": [{"size": size, "padded": padded_size(size)} for size in sizes],
        "sealed": [
            {"payload": size, "stanzas": stanzas, "sealed": age.sealed_size(size, stanzas)}
            for size in payloads
            for stanzas in (1, 8, 16)
        ],
        "stanzas": [
            {"recipients": count, "stanzas": age.stanza_count(count)}
            for count in (1, 7, 8, 9, 16, 17)
        ],
    }
