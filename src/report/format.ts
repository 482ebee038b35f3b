/**
 * Quantities as people read them: three significant digits, which is what the histograms hold.
 */

/** Milliseconds: `0s`, `640µs`, `1.23ms`, `123ms`, `12.3s`, `2m05s`, `1h02m`. */
export function formatMs(milliseconds: number): string {
  if (milliseconds === 0) return '0s'
  if (milliseconds < 0) return `-${formatMs(-milliseconds)}`
  if (milliseconds < 0.9995) return `${Math.round(milliseconds * 1000)}µs`
  if (milliseconds < 999.5) return `${threeDigits(milliseconds)}ms`
  if (milliseconds < 59_950) return `${threeDigits(milliseconds / 1000)}s`
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${twoDigits(seconds % 60)}s`
  const minutes = Math.round(seconds / 60)
  return `${Math.floor(minutes / 60)}h${twoDigits(minutes % 60)}m`
}

/** A point or length of run time, in tenths of a second: `12.5s`, `2m05.0s`. */
export function formatRunTime(milliseconds: number): string {
  if (milliseconds < 0) return `-${formatRunTime(-milliseconds)}`
  const tenths = Math.round(milliseconds / 100)
  const minutes = Math.floor(tenths / 600)
  const seconds = ((tenths % 600) / 10).toFixed(1)
  if (minutes === 0) return `${seconds}s`
  const rest = `${seconds.padStart(4, '0')}s`
  return minutes < 60 ? `${minutes}m${rest}` : `${Math.floor(minutes / 60)}h${twoDigits(minutes % 60)}m${rest}`
}

/** A whole number in groups of three: `1,234,567`. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** Per second: `0.50/s`, `33.3/s`, `12,346/s`. */
export function formatRate(perSecond: number): string {
  return `${perSecond >= 99.95 || perSecond === 0 ? formatCount(perSecond) : threeDigits(perSecond)}/s`
}

/** A fraction: `0%`, `<0.01%`, `1.25%`, `>99.99%`, `100%`; never rounded to all or nothing. */
export function formatPercent(fraction: number): string {
  if (fraction === 0 || fraction === 1) return `${fraction * 100}%`
  const percent = (fraction * 100).toFixed(2)
  if (percent === '0.00') return '<0.01%'
  return percent === '100.00' ? '>99.99%' : `${percent}%`
}

/** Bytes, in powers of 1000: `0 B`, `512 B`, `1.23 kB`, `25.0 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`
  let value = bytes / 1000
  for (const unit of ['kB', 'MB', 'GB']) {
    if (value < 999.5) return `${threeDigits(value)} ${unit}`
    value /= 1000
  }
  return `${threeDigits(value)} TB`
}

function threeDigits(value: number): string {
  if (value < 9.995) return value.toFixed(2)
  return value.toFixed(value < 99.95 ? 1 : 0)
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
