import type { TaskDocument } from '../../api/node-port.ts'
import { printable } from '../../report/style.ts'
import { ASKING_FLAGS, clientsOf } from '../asking.ts'
import { askAny } from '../client.ts'
import { defineCommand } from '../command.ts'
import { jsonText } from '../report-output.ts'

export const tasks = defineCommand({
  name: 'tasks',
  summary: 'list the tasks a suite may use',
  positionals: [],
  flags: ['json', ...ASKING_FLAGS],
  examples: [
    ['vajra tasks', 'with their parameters'],
    ['vajra tasks --json', 'with the JSON Schema of their parameters'],
  ],
  async run({ settings }, context) {
    const document = await askAny(clientsOf(settings), (client) => client.tasks())
    context.stdout.write(settings.json ? jsonText(document) : document.tasks.map(taskText).join('\n'))
    return 0
  },
})

function taskText(task: TaskDocument): string {
  const { properties = {}, required = [] } = task.parameters as {
    properties?: Readonly<Record<string, { title?: string }>>
    required?: readonly string[]
  }
  const parameters = Object.entries(properties).map(([name, { title }]) => {
    const needed = required.includes(name) ? ', required' : ''
    return `    ${name.padEnd(12)} ${printable(title ?? '')}${needed}\n`
  })
  const head = printable(`${task.name}: ${task.title} (${task.category})`)
  return `${head}\n  ${printable(task.description)}\n${parameters.join('')}`
}
