// The body of POST /users: the same class for everybody who validates with class-validator.
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsEmail,
  IsInt,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';

export class Address {
  @IsString() @Length(1, 80) street!: string;
  @IsString() @Length(1, 80) city!: string;
  @Matches(/^\d{5}$/) zip!: string;
}

export class CreateUser {
  @IsString() @Length(1, 40) name!: string;
  @IsEmail() email!: string;
  @IsInt() @Min(18) @Max(130) age!: number;
  @IsArray() @ArrayMaxSize(8) @IsString({ each: true }) tags!: string[];
  @ValidateNested() @Type(() => Address) address!: Address;
}

/** What POST /users answers. */
export function created({ name, address }: CreateUser) {
  return { id: 1, name, city: address.city };
}
