/** An error the user can mend: says what was expected, what came and what to do. Printed without a stack trace. */
export class UserError extends Error {
  override name = 'UserError';
}
