// Values of every kind that JSON can carry: for each of class-validator's formats some that are right and some that are nearly so.

/** With dates, which no JSON has, but a transformation makes. */
export const VALUES: readonly unknown[] = [
  // nothing, and single values
  undefined, null, true, false, 0, 1, 2, 3, -1, -2, 1.5, 1.25, 1.005, 0.1, 9007199254740991, 1e21, 1e-7, -3e-9, -0,
  // texts, long and short ones, with marks that count as one
  '', ' ', 'a', 'A', 'ab', 'abc', 'abcd', 'aaa', 'AAA', 'red', 'green', 'b', 'é', 'äöü', '日本語', 'カタ', 'ｶﾀ', 'ＡＢ', '𝒜', '❤️', 'a\u0000', 'a b', '\n', 'x'.repeat(300),
  // numbers and truth in texts
  '0', '1', '-1', '1.5', '1.50', '0x1F', '1e3', '+1', '1,000', '007', '0o17', '777', '12.34', 'true', 'false', 'yes', '1.', '.5', 'NaN', 'Infinity',
  // dates and times
  '2024-05-01', '2024-05-01T10:00:00Z', '2024-05-01T10:00:00.000+02:00', '2024-02-31', '2024-13-01', '20240501', '2024-05-01 10:00', '23:59', '24:00', '2024-W18-3', 'Europe/Berlin', 'Mars/Olympus',
  new Date(0), new Date('2024-05-01'), new Date('2030-01-01'), new Date(Number.NaN),
  // addresses of people and machines
  'ada@example.org', 'Ada <ada@example.org>', 'ada@', 'a@b', 'example.org', 'localhost', '-.org', 'http://example.org/a?b=c#d', 'ftp://localhost', 'javascript:alert(1)', '//example.org', '127.0.0.1', '256.0.0.1', '::1', 'fe80::1%eth0', '00:1b:44:11:3a:b7', '001b44113ab7', '80', '65536', 'magnet:?xt=urn:btih:06E2A9683BF4DA92C73A661AC56F0ECC9C63C5B4', 'data:text/plain;base64,SGk=', 'data:,', 'text/html', 'text',
  // keys, hashes, codes
  'f47ac10b-58cc-4372-a567-0e02b2c3d479', 'f47ac10b-58cc-4372-a567-0e02b2c3d47', '507f1f77bcf86cd799439011', '-M7MJ0yFuNRMQ9vdNNRV', 'd41d8cd98f00b204e9800998ecf8427e', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'deadBEEF', '#ffaa00', '#ggg', 'rgb(1,2,3)', 'rgba(1,2,3,0.5)', 'rgb(1%,2%,3%)', 'rgb(300,0,0)', 'hsl(120,50%,50%)', 'hsl(1,2,3)', 'SGVsbG8=', 'SGVsbG8', 'JBSWY3DP', '3P14159f73E4gFr7JterCCQh9QjiTjiZrG', '1.2.3', '1.2', 'eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2ln', 'a.b.c', '{"a":1}', '{a:1}', '[]', 'Aa1!aaaa', 'password', 'en_US', 'en-US', 'xx',
  // money, things, persons, places
  '$1,234.50', '€1', '1.234,50 €', '4111111111111111', '4111111111111112', '9780306406157', '0306406152', '978-0-306-40615-7', '2049-3630', '20493630', '4006381333931', '73513537', 'US0378331005', 'US0378331006', 'DE89370400440532013000', 'DE89370400440532013001', 'DEUTDEFF', 'DEUTDEFF500', 'USRC17607839', '12345678Z', '12345678A', 'C01X00T47', '86095742719', '+4930123456', '+4915112345678', '015112345678', '+1', '10115', '1011', 'DE', 'DEU', '276', 'de', 'EUR', 'XXZ', '1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2', '0x52908400098527886E0F7030069857D2E4169EE7', '52.5,13.4', '52.5', '91', '-180', '181', '91,181',
  // holders
  {}, { a: 1 }, { a: undefined }, { length: 1 }, { toString: 'x' }, { valueOf: null }, [], [1], ['a'], ['a', 1], ['a', 'a'], [1, 2, 3], [[]], [null], [{}], ['a', 1, 'b'],
]; // biome-ignore format: a list
