/**
 * How many connections may be in the making at once. A server has a queue for connections that it has not accepted yet,
 * often of 128 or 511; what finds it full is dropped, and the kernel of the client asks again after 1 s, 2 s, 4 s and so
 * on (RFC 6298, section 5.5), long after the server has room again. So connections are not asked for all at once: the
 * window begins small, grows by one with every connection made, as TCP's own does (RFC 5681, slow start), and is small
 * again once one has waited so long that it must have been dropped. What has waited so long does not count any more: a
 * server that takes no connections holds up nobody for ever.
 */

/** Connections in the making at first, on one thread: what most servers' queues have room for. */
export const FIRST_WINDOW = 128
/** Without an answer for so long, an attempt has been dropped: the kernel is about to try again. In milliseconds. */
export const DROPPED_AFTER_MS = 900

export class ConnectWindow {
  #size = FIRST_WINDOW
  #pending = 0

  /** Whether one more may be begun. */
  get open(): boolean {
    return this.#pending < this.#size
  }

  begin(): void {
    this.#pending++
  }

  /** An attempt that counted has come to its end. */
  end(connected: boolean): void {
    this.#pending--
    if (connected) this.#size++
  }

  /** An attempt that counted has had no answer for {@link DROPPED_AFTER_MS}. */
  drop(): void {
    this.#pending--
    this.#size = FIRST_WINDOW
  }
}
