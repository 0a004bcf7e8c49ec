/** A box to tick. */

interface CheckOf {
  label: string;
  checked: boolean;
  onCheck: (checked: boolean) => void;
}

export function Check({ label, checked, onCheck }: CheckOf) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={checked}
        onChange={(event) => onCheck(event.currentTarget.checked)}
      />
      {label}
    </label>
  );
}
