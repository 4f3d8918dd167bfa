/** Memory for tests of code that uses the engine. */

export {}
