// Which fields a broken requirement is about, so that they can be marked in the message that broke it.
// Each: [payloads ("*": any), field, which of them (empty: all)]. RFC 7296 unless the id says otherwise.

const notZero = (node) => !/^0(x0*)?$/.test(node.value) && /[1-9a-f]/i.test(node.value);
const isZero = (node) => !notZero(node);
const FIELDS_OF = {
  "rfc7296-2.2-init-message-id-zero": [["HDR", "Message ID"]],
  "rfc7296-2.2-request-message-ids": [["HDR", "Message ID"]],
  "rfc7296-2.2-response-message-id": [["HDR", "Message ID"]],
  "rfc7296-2.3-window": [["HDR", "Message ID"]],
  "rfc7296-2.1-response-same-exchange": [["HDR", "Exchange Type"]],
  "rfc7296-2.1-no-unasked-response": [
    ["HDR", "Flags"],
    ["HDR", "Message ID"],
  ],
  "rfc7296-3.1-initiator-flag": [["HDR", "Initiator"]],
  "rfc7296-3.1-init-initiator-flag": [["HDR", "Initiator"]],
  "rfc7296-3.1-version-flag-zero": [["HDR", "Version"]],
  "rfc7296-3.1-reserved-flags-zero": [["HDR", "Reserved"]],
  "rfc7296-3.1-major-version": [["HDR", "Major Version"]],
  "rfc7296-3.1-minor-version": [["HDR", "Minor Version"]],
  "rfc7296-3.1-initiator-spi-nonzero": [["HDR", "IKE SA Initiator's SPI"]],
  "rfc7296-2.6-unique-spis": [
    ["HDR", "IKE SA Initiator's SPI"],
    ["HDR", "IKE SA Responder's SPI"],
  ],
  "rfc7296-3.1-responder-spi-nonzero": [["HDR", "IKE SA Responder's SPI"]],
  "rfc7296-3.1-responder-spi-zero-in-first-message": [["HDR", "IKE SA Responder's SPI"]],
  "rfc7296-2.21.4-invalid-ike-spi-form": [["HDR", "*"]],
  "rfc7296-3.2-critical-bit-zero": [["*", "Critical", notZero]],
  "rfc7296-2.5-critical-bit-in-response": [["*", "Critical", notZero]],
  "rfc7296-2.5-reserved-fields-zero": [
    ["*", "RESERVED", notZero],
    ["*", "Reserved", notZero],
  ],
  "rfc7296-2.5-reserved-payload-bits-zero": [["*", "RESERVED", notZero]],
  "rfc7296-2.5-critical-notify-data": [["Notify", "Notification Data"]],
  "rfc7296-3.10-notify-protocol": [["Notify", "Protocol ID", notZero]],
  "rfc7296-3.10-notify-spi-size": [["Notify", "SPI Size", notZero]],
  "rfc7296-3.10.1-notify-data": [["Notify", "Notification Data"]],
  "rfc7296-2.6-cookie-length": [["Notify", "Notification Data"]],
  "rfc7296-2.6-cookie-first": [["Notify", "Notify Message Type"]],
  "rfc7296-3.11-delete-protocol": [["Delete", "Protocol ID"]],
  "rfc7296-3.11-delete-spi-count": [["Delete", "Num of SPIs"]],
  "rfc7296-3.11-delete-spi-size": [["Delete", "SPI Size"]],
  "rfc7296-2.10-nonce-half-prf-key": [["Nonce", "Nonce Data"]],
  "rfc7296-3.9-nonce-length": [["Nonce", "Nonce Data"]],
  "rfc7296-3.9-nonce-not-reused": [["Nonce", "Nonce Data"]],
  "rfc7296-3.4-ke-data-length": [["KE", "Key Exchange Data"]],
  "rfc7296-3.4-ke-group-in-proposal": [["KE", "*"]],
  "rfc7296-1.3-ke-group-of-request": [["KE", "*"]],
  "rfc7296-1.2-retry-corrected-group": [["KE", "*"]],
  "rfc7296-2.7-single-proposal": [["SA", "Proposal"]],
  "rfc7296-2.7-same-protocol": [["SA", "Protocol ID"]],
  "rfc7296-2.7-one-transform-per-type": [["SA", "Transform"]],
  "rfc7296-3.3.1-accepted-proposal-number": [["SA", "Proposal Num"]],
  "rfc7296-3.3.1-proposal-number-first": [["SA", "Proposal Num"]],
  "rfc7296-3.3.1-proposal-number-increasing": [["SA", "Proposal Num"]],
  "rfc7296-3.3.1-num-transforms": [["SA", "Num Transforms"]],
  "rfc7296-3.3.1-spi-size": [["SA", "SPI Size"]],
  "rfc7296-3.3.1-last-substruc": [["SA", "Last Substruc"]],
  "rfc7296-3.3.2-last-substruc": [["SA", "Last Substruc"]],
  "rfc7296-3.3.6-subset-unmodified": [["SA", "Transform"]],
  "rfc7296-3.3.3-mandatory-transforms": [["SA", "Transform"]],
  "rfc7296-3.3.3-transform-type-for-protocol": [["SA", "Transform Type"]],
  "rfc7296-3.3.5-key-length-absent": [["SA", "Attribute"]],
  "rfc7296-3.3.5-key-length-format": [["SA", "Attribute"]],
  "rfc7296-3.3.5-key-length-value": [["SA", "Attribute Value"]],
  "rfc7296-3.3-attribute-once": [["SA", "Attribute"]],
  "rfc7296-2.9-narrow-to-subset": [
    ["TSi", "Traffic Selector"],
    ["TSr", "Traffic Selector"],
  ],
  "rfc7296-3.13.1-ts-address-order": [
    ["TSi", "Traffic Selector"],
    ["TSr", "Traffic Selector"],
  ],
  "rfc7296-3.13.1-ts-port-order": [
    ["*", "Start Port"],
    ["*", "End Port"],
  ],
  "rfc7296-3.13.1-ts-ports-any": [
    ["*", "Start Port"],
    ["*", "End Port"],
  ],
  "rfc7296-3.14-new-iv": [
    ["SK", "Initialization Vector"],
    ["SK", "Encrypted Data"],
  ],
  "rfc7296-3.14-integrity-checksum": [
    ["SK", "Integrity Checksum Data"],
    ["SK", "Encrypted Data"],
  ],
  "rfc7296-3.14-sk-last": [["SK", "*"]],
  "rfc7296-3.5-id-data-length": [
    ["IDi", "Identification Data"],
    ["IDr", "Identification Data"],
  ],
  "rfc7296-3.5-id-string-terminator": [
    ["IDi", "Identification Data"],
    ["IDr", "Identification Data"],
  ],
  "rfc7296-3.8-auth-data-present": [["AUTH", "Authentication Data"]],
  "rfc7296-2.25-child-sa-not-found-spi": [
    ["Notify", "Protocol ID"],
    ["Notify", "SPI Size"],
  ],
  "rfc7383-2.5-fragment-number": [["SKF", "Fragment Number"]],
  "rfc7383-2.5-next-payload": [["SKF", "Next Payload"]],
  "rfc7427-4-hash-list": [["Notify", "Notification Data"]],
};

/** Marks the fields in question in every tree. Where a requirement has none of its own, the notification or header is
    marked that came instead of what was expected. */
function markOffending(requirements, nodes, inside) {
  const walk = (list, payload, field, which, found) => {
    for (const node of list) {
      const top = payload || node.name;
      if ((node.name === field && (!which || which(node))) || (field === "*" && !node.parent)) found.push([top, node]);
      walk(node.children, top, field, which, found);
    }
    return found;
  };
  for (const requirement of requirements) {
    let any = false;
    for (const [payload, field, which] of FIELDS_OF[requirement.id] || [])
      for (const list of [nodes, inside])
        for (const [top, node] of walk(list, "", field, which, []))
          if (payload === "*" || top === payload) {
            node.wrong = true;
            any = true;
          }
    if (any || hasFault(nodes) || hasFault(inside)) continue;
    const answers = [
      ...walk(nodes, "", "Notify Message Type", null, []),
      ...walk(inside, "", "Notify Message Type", null, []),
    ]
      .map(([, node]) => node)
      .filter((node) => Number(/\((\d+)\)/.exec(node.value)?.[1] || 1e9) < 16384);
    for (const node of answers) node.wrong = true;
  }
}

const hasFault = (list) => list.some((node) => node.fault || hasFault(node.children));
