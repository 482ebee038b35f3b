/** `file:/path`: the contents of a file on the node. One line break at its end is not part of the secret. */

import { open, stat } from 'node:fs/promises'
import { type Resolver, unresolved } from './resolver.ts'

export const resolver: Resolver = {
  async resolve(path, { reference, mostBytes }) {
    const content = await readStart(path, mostBytes + 1).catch((error: NodeJS.ErrnoException) => {
      const why = `the file cannot be read (${error.code ?? 'unreadable'})`
      throw unresolved(reference, why, 'put the file on every node, readable by vajra')
    })
    if (content.length > mostBytes) {
      throw unresolved(reference, `the file is larger than ${mostBytes} bytes`, 'check that the path is the secret')
    }
    const value = content.toString('utf8').replace(/\r?\n$/, '')
    if (value === '') throw unresolved(reference, 'the file is empty', 'write the secret to the file')
    return value
  },
}

/** No more of a file than is asked for; and no devices and pipes, which have no end. */
async function readStart(path: string, bytes: number): Promise<Buffer> {
  const found = await stat(path)
  if (!found.isFile())
    throw Object.assign(new Error('not a file'), { code: found.isDirectory() ? 'EISDIR' : 'not a file' })
  const file = await open(path)
  try {
    const content = Buffer.alloc(Math.min(found.size + 1, bytes))
    let length = 0
    for (let read = -1; read !== 0 && length < content.length; length += read) {
      read = (await file.read(content, length)).bytesRead
    }
    return content.subarray(0, length)
  } finally {
    await file.close()
  }
}
