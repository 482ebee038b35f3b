/** Classes of octets in HTTP/1.1 messages (RFC 9110, section 5.6.2; RFC 9112, section 5.5), as tables. */

export const HTAB = 0x09
export const LF = 0x0a
export const CR = 0x0d
export const SP = 0x20
export const QUOTE = 0x22
export const COMMA = 0x2c
export const ZERO = 0x30
export const NINE = 0x39
export const COLON = 0x3a
export const SEMICOLON = 0x3b
export const EQUALS = 0x3d
export const BACKSLASH = 0x5c

function tableOf(isIn: (octet: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, octet) => (isIn(octet) ? 1 : 0))
}

const TOKENS = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/** 1 for octets of names and other tokens. */
export const TOKEN: Uint8Array = tableOf((octet) => TOKENS.includes(String.fromCharCode(octet)))

/** 1 for octets of field values and reason phrases: tab, space, visible ASCII, and everything above ASCII. */
export const TEXT: Uint8Array = tableOf((octet) => octet === HTAB || (octet >= SP && octet !== 0x7f))

/** Value of a hexadecimal digit; 255 for octets that are none. */
export const HEX: Uint8Array = Uint8Array.from({ length: 256 }, (_, octet) => {
  const value = Number.parseInt(String.fromCharCode(octet), 16)
  return Number.isNaN(value) ? 255 : value
})

export function isDigit(octet: number): boolean {
  return octet >= ZERO && octet <= NINE
}
