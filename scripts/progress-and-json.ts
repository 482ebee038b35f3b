/**
 * A mocha reporter: the usual progress on the terminal, and mocha's own JSON results in a file.
 *
 *     mocha --reporter ./scripts/progress-and-json.ts --reporter-option output=FILE
 */

import Mocha from 'mocha'

export default class ProgressAndJson extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options)
    new Mocha.reporters.JSON(runner, options)
  }
}
