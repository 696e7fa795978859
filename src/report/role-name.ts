/** Name of each InterfaceRole, by value, as in the records and for `--interface-role`. */
export const roleName = ['unknown', 'loopback', 'wire'] as const;
