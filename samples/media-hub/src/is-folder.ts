// @IsFolder: a rule of our own for class-validator; it works wherever DTOs do.
import { accessSync, constants, statSync } from 'node:fs';
import { ValidateBy } from 'class-validator';

/** The text is the path of a folder that exists and can be listed. */
export function IsFolder(): PropertyDecorator {
  return ValidateBy({
    name: 'isFolder',
    validator: {
      validate: isFolder,
      defaultMessage: () => 'must be the path of a folder that exists and can be listed',
    },
  });
}

function isFolder(path: unknown): boolean {
  try {
    accessSync(String(path), constants.R_OK | constants.X_OK);
    return statSync(String(path)).isDirectory();
  } catch {
    return false;
  }
}
