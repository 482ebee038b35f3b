import { defineCommand } from '../command.ts'
import { LOCAL_FLAGS, runHere } from '../firing.ts'
import { aboutFlags, QUICK_FLAGS, quickSuite } from '../quick-suite.ts'

export const quick = defineCommand({
  name: 'quick',
  summary: 'fire at one URL, without a suite',
  description:
    'What "vajra run" does for a suite of one scenario. Without --rate, --users or --stages: 50 requests a second.',
  positionals: [{ name: 'url', describe: 'what to request' }],
  flags: [...QUICK_FLAGS, ...LOCAL_FLAGS],
  examples: [
    ['vajra quick http://127.0.0.1:8080/ --rate 500 --duration 30s', '500 requests a second'],
    ['vajra quick http://127.0.0.1:8080/ -u 50 -d 30s --think-time 1s', '50 users that wait for their answers'],
    ['vajra quick http://127.0.0.1:8080/ -s 10s:100,30s:500,10s:0', 'to 100 a second, on to 500, down to none'],
    ['vajra quick http://127.0.0.1:8080/ -H "accept: text/html" -H "authorization: env:SHOP_TOKEN"', 'with headers'],
  ],
  async run({ positionals, settings }, context) {
    const source = quickSuite(positionals[0] ?? '', settings)
    try {
      return await runHere(source, settings, context)
    } catch (thrown) {
      throw aboutFlags(thrown)
    }
  },
})
