// The preset that the package ships, plus what only this repository needs.
export default {
  preset: './jest-preset.json',
  roots: ['<rootDir>/src', '<rootDir>/test', '<rootDir>/samples'],
  testMatch: ['**/*.test.ts'],
  testEnvironment: '<rootDir>/test/environment.cjs',
  testSequencer: '<rootDir>/test/sequencer.cjs',
  // jest would leave one processor alone, which is half of a machine that has two.
  maxWorkers: '100%',
  // No test may depend on speed: only one that hangs is ended.
  testTimeout: 120_000,
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/samples/.*/dist/'],
  // The package's own name leads to the sources, so that a sample and its test share one copy.
  moduleNameMapper: {
    '^specter-runtime$': '<rootDir>/src/index.ts',
    '^specter-runtime/(testing|client)$': '<rootDir>/src/$1/index.ts',
  },
  collectCoverageFrom: ['src/**/*.ts', '!src/**/*.d.ts'],
};
