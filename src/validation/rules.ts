// The rules step: asks an instance's rules, as class-validator would, and tells the faults. A compiler of rules would replace this file.
import type { Check } from './check.js';
import type { DtoPlan, DtoPlanner, PropertyPlan } from './dto-plan.js';
import { joinPath, sentence } from './faults.js';
import { isCollection, type Rule } from './rule.js';

/** One property of one object, being asked. */
interface Subject {
  readonly property: PropertyPlan;
  readonly object: object;
  readonly value: unknown;
  readonly path: string;
}

/** Asks the rules of one plan after another: an object's, and those of the objects inside it. */
export class RuleRun {
  readonly #planner: DtoPlanner;
  readonly #check: Check;

  constructor(planner: DtoPlanner, check: Check) {
    this.#planner = planner;
    this.#check = check;
  }

  /** Asks every rule of an object, but for those of properties that could not be read. */
  object(plan: DtoPlan, object: object, path: string): void {
    for (const property of plan.properties) {
      if (this.#check.faults.full) return;
      const at = joinPath(path, property.key);
      if (!this.#check.faults.has(at)) this.#check.attempt(() => this.#property(property, object, at));
    }
  }

  #property(property: PropertyPlan, object: object, path: string): void {
    const value: unknown = (object as Record<string, unknown>)[property.name];
    const judge = (settled: unknown): void => this.#subject({ property, object, value: settled, path });
    if (property.rules.promised && value instanceof Promise) this.#check.wait(value.then(judge));
    else judge(value);
  }

  #subject(subject: Subject): void {
    const { rules } = subject.property;
    if (!rules.conditions.every((condition) => condition(subject.object, subject.value))) {
      this.#skipped(subject);
      return;
    }
    for (const rule of rules.rules) this.#check.attempt(() => this.#rule(rule, subject));
    if (rules.nested) this.#nested(subject, subject.value, subject.path);
  }

  /** Nothing is asked of it; but where it may merely be absent, null is not absent. */
  #skipped({ property, object, value, path }: Subject): void {
    const { refusesNull, explicitConditions } = property.rules;
    if (value !== null || !refusesNull || !this.#check.isNull(path)) return;
    if (!explicitConditions.every((condition) => condition(object, value))) return;
    this.#check.faults.add(path, 'notNull', sentence(path, 'may be absent, but must not be null'));
  }

  #rule(rule: Rule, subject: Subject): void {
    if (!rule.applies(subject.object, subject.value)) return;
    const holds = rule.judge(subject.object, subject.value);
    if (typeof holds !== 'boolean') this.#check.wait(holds.then((settled) => this.#tell(settled, rule, subject)));
    else this.#tell(holds, rule, subject);
  }

  #tell(holds: boolean, rule: Rule, { object, value, path }: Subject): void {
    if (holds) return;
    const message = rule.message(object, value, this.#check.echo);
    this.#check.faults.add(path, rule.name, message ?? sentence(path, 'is not valid'));
  }

  #nested(subject: Subject, value: unknown, path: string): void {
    if (value === undefined || this.#check.faults.full) return;
    if (isCollection(value)) {
      const items = value instanceof Map ? value : [...(value as Iterable<unknown>)];
      for (const [key, item] of items.entries()) this.#nested(subject, item, joinPath(path, String(key)));
      return;
    }
    if (typeof value !== 'object' || value === null) {
      const message = subject.property.rules.nestedMessage ?? sentence(path, 'must be an object or an array');
      this.#check.faults.add(path, 'nestedValidation', message);
      return;
    }
    const plan = this.#planner.planFor(value);
    if (plan) this.object(plan, value, path);
    else this.#check.faults.add(path, 'unknownValue', sentence(path, 'is of no known class'));
  }
}
