/** Request headers that the connection sets by itself, in lower case. */
export const RESERVED_HEADERS: readonly string[] = [
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
]
